/**
 * Video diffusion models: their configurations, weights and forward passes, the samplers, and the pipelines that join them.
 * Depends on tensor and core; never on a back-end.
 */
@Api
package dvdquant.models;

import dvdquant.core.Api;
