//! The view as the URL's fragment and back.
