/** The program: its command line is a thin layer over {@link dvdquant.models.Pipelines}. Wires a back-end to the models. */
package dvdquant.app;
