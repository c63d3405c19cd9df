/**
 * The scores of a clip against its reference, and the metric among them that needs a network. Depends on the metrics of core, the
 * judge, the tensor facade and weight loading.
 */
package dvdquant.models.metrics;
