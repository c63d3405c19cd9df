/**
 * What Linux says of this machine, this process and its control groups, from {@code /proc}, and of its disks. Depends on the JDK and
 * {@code core.io}.
 */
package dvdquant.core.machine;
