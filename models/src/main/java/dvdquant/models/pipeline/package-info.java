/**
 * What a program sees of a model: open a pipeline from a folder, ask for a clip, follow the progress, cancel. Knows no model
 * family; see {@link dvdquant.models.Pipelines} for how one is opened.
 */
@Api
package dvdquant.models.pipeline;

import dvdquant.core.Api;
