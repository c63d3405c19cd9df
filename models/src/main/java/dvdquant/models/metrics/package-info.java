/** The metric of clips that needs a network. Depends on the metrics of core, the tensor facade and weight loading. */
package dvdquant.models.metrics;
