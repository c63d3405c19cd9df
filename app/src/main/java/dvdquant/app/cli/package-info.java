/** The commands, and what they print. */
package dvdquant.app.cli;
