/** Files wherever Hadoop's {@code FileSystem} finds them: on local and shared disks, in HDFS and in object stores. */
package dvdquant.spark.storage;
