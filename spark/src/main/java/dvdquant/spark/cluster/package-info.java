/** Tasks on a cluster, and what is said of them. Depends on Spark only. */
package dvdquant.spark.cluster;
