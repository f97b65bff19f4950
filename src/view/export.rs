//! Screens as files: a buffer becomes an SVG picture or plain text.
