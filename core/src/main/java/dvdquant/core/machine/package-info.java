/** What Linux says of this machine, this process and its control groups, from {@code /proc}. Depends on the JDK only. */
package dvdquant.core.machine;
