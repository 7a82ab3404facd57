"""Pictures of very many samples: axes, density, regions, the plane of meanings."""
