use proptest::prelude::*;
use secrecy::ExposeSecret;

use super::*;
