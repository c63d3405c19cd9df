/** Layers that several models share. */
package dvdquant.models.nn;
