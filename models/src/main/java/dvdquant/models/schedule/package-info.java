/** Samplers of flow-matching models. Their configuration is a record, their state one {@link dvdquant.models.schedule.SamplerRun}. */
package dvdquant.models.schedule;
