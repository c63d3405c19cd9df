/** Samplers of flow-matching models. Their configuration is a record, their state one {@link dvdquant.models.schedule.Sampling}. */
package dvdquant.models.schedule;
