/** What Linux says of this machine and this process, from {@code /proc}. Depends on the JDK only. */
package dvdquant.app.machine;
