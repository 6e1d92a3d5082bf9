//! Limits the bytes of an owner's responses that are being built or sent.
//!
//! A client that asks without reading would otherwise fill the memory, one response a connection.

use super::error::ApiError;
use crate::domain::OwnerId;
use axum::{
    body::{Body, HttpBody},
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use dashmap::DashMap;
use hyper::body::{Frame, SizeHint};
use serde::Serialize;
use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Most bytes of an owner's responses in flight; a single response may be larger.
const IN_FLIGHT_MAX_BYTES: usize = 8 * 1024 * 1024;
/// The share of a stream of events. One that nobody reads takes 92 KiB, so all of an owner's stay
/// below 64 MiB.
const STREAM_BYTES: usize = 16 * 1024;
/// Size of the pieces of a response, each of which is freed once it is sent.
const PIECE_BYTES: usize = 16 * 1024;
const RETRY_AFTER: Duration = Duration::from_secs(1);

#[derive(Clone, Default)]
pub(super) struct Answers(Arc<DashMap<OwnerId, Arc<OwnerAnswers>>>);

struct OwnerAnswers {
    /// One response of an owner is built at a time, since its size is not known before.
    building: Arc<Semaphore>,
    in_flight: Mutex<InFlight>,
}

#[derive(Default)]
struct InFlight {
    answers: usize,
    bytes: usize,
    exporting: bool,
}

/// An owner's turn to build a response.
pub(super) struct Turn {
    place: Place,
    _building: OwnedSemaphorePermit,
}

struct Place {
    answers: Answers,
    owner: OwnerId,
    counts: Arc<OwnerAnswers>,
}

impl Answers {
    fn place(&self, owner: &OwnerId) -> Place {
        let entry = self.0.entry(owner.clone());
        let counts = Arc::clone(&entry.or_insert_with(|| {
            Arc::new(OwnerAnswers {
                building: Arc::new(Semaphore::new(1)),
                in_flight: Mutex::default(),
            })
        }));
        Place {
            answers: self.clone(),
            owner: owner.clone(),
            counts,
        }
    }

    /// Waits for the owner's turn; `429` when too many bytes are waiting to be read.
    pub(super) async fn turn(&self, owner: &OwnerId) -> Result<Turn, ApiError> {
        let place = self.place(owner);
        if place.in_flight().bytes >= IN_FLIGHT_MAX_BYTES {
            return Err(ApiError::RateLimited(RETRY_AFTER));
        }
        let building = Arc::clone(&place.counts.building).acquire_owned().await;
        let building = building.map_err(|_| ApiError::Internal)?;
        Ok(Turn {
            place,
            _building: building,
        })
    }

    /// A reservation for a stream of events; `429` when the owner has 512 of them.
    pub(super) fn stream(&self, owner: &OwnerId) -> Result<Reservation, ApiError> {
        self.place(owner).reserve(STREAM_BYTES)
    }

    /// A reservation for an export, which is written while it is read; `429` during another one.
    pub(super) fn export(&self, owner: &OwnerId) -> Result<Reservation, ApiError> {
        let place = self.place(owner);
        {
            let mut in_flight = place.in_flight();
            if in_flight.exporting {
                return Err(ApiError::RateLimited(RETRY_AFTER));
            }
            in_flight.exporting = true;
            in_flight.answers += 1;
        }
        Ok(Reservation {
            place,
            bytes: 0,
            export: true,
        })
    }
}

impl Place {
    fn in_flight(&self) -> std::sync::MutexGuard<'_, InFlight> {
        let in_flight = &self.counts.in_flight;
        in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts `bytes` until they are sent; `429` when they are too many next to others.
    fn reserve(self, bytes: usize) -> Result<Reservation, ApiError> {
        {
            let mut in_flight = self.in_flight();
            let total = in_flight.bytes + bytes;
            if in_flight.answers > 0 && total > IN_FLIGHT_MAX_BYTES {
                return Err(ApiError::RateLimited(RETRY_AFTER));
            }
            in_flight.answers += 1;
            in_flight.bytes = total;
        }
        Ok(Reservation {
            place: self,
            bytes,
            export: false,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Two: the map's and this one. A new owner holds the map's lock while taking another.
        self.answers
            .0
            .remove_if(&self.owner, |_, counts| Arc::strong_count(counts) <= 2);
    }
}

impl Turn {
    /// A response that is counted until it is sent; `429` when it is too large next to others.
    pub(super) fn json(self, value: &impl Serialize) -> Result<Response, ApiError> {
        let bytes = serde_json::to_vec(value).map_err(|error| {
            tracing::error!(%error, "an answer could not be written");
            ApiError::Internal
        })?;
        let bytes = Bytes::from(bytes);
        let body = CountedBody {
            _counted: self.place.reserve(bytes.len())?,
            bytes,
        };
        let json = [(header::CONTENT_TYPE, "application/json")];
        Ok((json, Body::new(body)).into_response())
    }
}

/// A number of bytes that is counted until dropped.
pub(super) struct Reservation {
    place: Place,
    bytes: usize,
    export: bool,
}

impl Reservation {
    pub(super) fn resize(&mut self, bytes: usize) {
        let mut in_flight = self.place.in_flight();
        in_flight.bytes = in_flight.bytes - self.bytes + bytes;
        drop(in_flight);
        self.bytes = bytes;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut in_flight = self.place.in_flight();
        in_flight.answers -= 1;
        in_flight.bytes -= self.bytes;
        in_flight.exporting &= !self.export;
    }
}

struct CountedBody {
    bytes: Bytes,
    _counted: Reservation,
}

impl HttpBody for CountedBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.bytes.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.bytes.len().min(PIECE_BYTES);
        Poll::Ready(Some(Ok(Frame::data(self.bytes.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use http_body_util::BodyExt;

    async fn answer(
        answers: &Answers,
        owner: &OwnerId,
        bytes: usize,
    ) -> Result<Response, ApiError> {
        answers.turn(owner).await?.json(&"x".repeat(bytes - 2))
    }

    const MIB: usize = 1024 * 1024;

    #[tokio::test]
    async fn an_owner_has_8_mib_in_flight_and_one_answer_of_any_size() {
        let answers = Answers::default();
        let (one, other) = (OwnerId::generate(), OwnerId::generate());
        let large = answer(&answers, &one, 20 * MIB).await.unwrap();
        let refused = answer(&answers, &one, 10).await.unwrap_err();
        assert_eq!(refused, ApiError::RateLimited(RETRY_AFTER));
        let others = answer(&answers, &other, 5 * MIB).await.unwrap();
        assert!(answer(&answers, &other, 4 * MIB).await.is_err());
        assert!(answer(&answers, &other, 3 * MIB).await.is_ok());
        drop(others);

        // Once it is sent there is room again, and no owner is left in the map.
        let sent = large.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(sent.len(), 20 * MIB);
        drop(sent);
        drop(answer(&answers, &one, 10).await.unwrap());
        assert!(answers.0.is_empty());
    }

    #[tokio::test]
    async fn streams_count_what_they_buffer() {
        let answers = Answers::default();
        let (one, other) = (OwnerId::generate(), OwnerId::generate());
        let most = IN_FLIGHT_MAX_BYTES / STREAM_BYTES;
        let open: Vec<_> = (0..most).map(|_| answers.stream(&one).unwrap()).collect();
        assert!(answers.stream(&one).is_err());
        assert!(answers.stream(&other).is_ok());
        drop(open);
        assert!(answers.stream(&one).is_ok());
        assert!(answers.0.is_empty());
    }

    #[tokio::test]
    async fn an_owner_has_one_export_whose_buffer_counts() {
        let answers = Answers::default();
        let owner = OwnerId::generate();
        let mut export = answers.export(&owner).unwrap();
        assert!(answers.export(&owner).is_err());
        export.resize(8 * MIB);
        assert!(answers.turn(&owner).await.is_err());
        export.resize(1024);
        assert!(answer(&answers, &owner, MIB).await.is_ok());
        drop(export);
        assert!(answers.export(&owner).is_ok());
        assert!(answers.0.is_empty());
    }

    #[tokio::test]
    async fn builds_one_answer_of_an_owner_at_a_time() {
        let answers = Answers::default();
        let owner = OwnerId::generate();
        let first = answers.turn(&owner).await.unwrap();
        let mut second = Box::pin(answers.turn(&owner));
        assert!(futures_util::poll!(&mut second).is_pending());
        assert!(answers.turn(&OwnerId::generate()).await.is_ok());
        drop(first);
        assert!(second.await.is_ok());
    }
}
