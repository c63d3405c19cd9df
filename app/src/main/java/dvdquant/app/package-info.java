/** To be written. */
package dvdquant.app;
