//! PostgreSQL: connecting, asking, and turning answers into facts.
//!
//! The zone knows libpq's conventions, TLS, and which columns which server has. It knows nothing of
//! containers, of screens or of what an answer means.
