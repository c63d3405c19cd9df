/** What all vector code decides by the machine that it runs on. */
package dvdquant.core.vector;
