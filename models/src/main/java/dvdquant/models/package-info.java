/** To be written. */
package dvdquant.models;
