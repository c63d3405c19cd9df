/**
 * The judge of the demo world: a small network that says what a clip shows, to be held against its caption. Depends on the tensor
 * facade and on weight loading.
 */
package dvdquant.evaluate.judge;
