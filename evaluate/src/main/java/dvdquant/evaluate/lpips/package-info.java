/** The metric of clips that needs a network. Depends on the clips and formats of core, the tensor facade and weight loading. */
package dvdquant.evaluate.lpips;
