//! The application with which coordinators of an agency work.
