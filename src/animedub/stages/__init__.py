"""The steps of a dub: values and artifacts in, values and artifacts out."""
