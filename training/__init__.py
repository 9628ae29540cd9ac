"""Makes a model: config, corpus, fit, metrics, report, export."""
