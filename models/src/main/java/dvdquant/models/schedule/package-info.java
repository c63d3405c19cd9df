/** Samplers of flow-matching models. Their configuration is a record, their state one {@link dvdquant.models.schedule.SamplerRun}. */
@Api
package dvdquant.models.schedule;

import dvdquant.core.Api;
