/** What of this machine the program can use, and what is missing. May use all modules; prints nothing. */
package dvdquant.app.doctor;
