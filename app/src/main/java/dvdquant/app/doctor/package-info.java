/** The command {@code doctor}: what of this machine the program can use, and what is missing. May use all modules. */
package dvdquant.app.doctor;
