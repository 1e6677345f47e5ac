//! The gate itself: one log, one state, and the one way in for every command.

use crate::clock::Clock;
use crate::disclose::{Disclose, FromData};
use crate::entropy::{Entropy, random};
use crate::error::GateError;
use crate::home::Home;
use crate::settle::left_running;
use irongate_policy::request::Genesis;
use irongate_policy::{
    Action, Command, Event, GateAction, JobId, Nonce, PartyId, PublicKey, Request, Signed,
    SigningKey, State, Timestamp, canonical_json, decide,
};
use irongate_store::{DocumentChange, LogKey, LogSigner, NewEntry, Store, StoreError};
use ring::signature::Ed25519KeyPair;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Entries read at once when the state is rebuilt: a few MiB at the largest body.
const REPLAY_PIECE: u64 = 256;

/// What the gate takes from outside besides commands. Tests replay both.
#[derive(Clone)]
pub struct Surroundings {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub entropy: Arc<dyn Entropy>,
}

/// An open home.
pub struct Gate {
    home: Home,
    store: Store,
    origin: String,
    around: Surroundings,
    disclose: Arc<dyn Disclose>,
    /// Jobs that an earlier process left running.
    left_running: Vec<JobId>,
    inner: Mutex<Inner>,
}

struct Inner {
    state: State,
    position: u64,
    /// Set when an append failed: the log may be ahead of the state, so nothing more is decided.
    is_stale: bool,
}

impl Gate {
    /// Makes a home, whose first entry is the agency's signed genesis. What a crash left of one is
    /// finished, and the same again is a no-op.
    ///
    /// # Errors
    /// [`GateError::Denied`] if there is a home with other content, or [`GateError`] if it cannot be
    /// written.
    pub async fn init(
        home: Home,
        agency: PartyId,
        key: &SigningKey,
        pack: &str,
        around: Surroundings,
    ) -> Result<(Self, Vec<u64>), GateError> {
        home.create()?;
        let entropy = around.entropy.as_ref();
        let origin = home.make_origin(entropy)?;
        let signer = log_signer(&home, &origin, entropy)?;
        let log_key = const_hex::encode(signer.key().public());
        if !home.has_log()? {
            let store = Store::create(&home.log(), signer).await;
            let closed = store.map_err(store_failed)?.close().await;
            closed.map_err(store_failed)?;
        }
        let gate = Self::open(home, around).await?;
        let genesis = Genesis {
            key: key.public_key(),
            log_key,
            pack: pack.to_owned(),
        };
        let signed = gate.sign(key, agency, genesis)?;
        let events = gate.submit(signed).await?;
        Ok((gate, events))
    }

    /// Opens a home: its log is read and folded into the state, and jobs that a crash left running
    /// end ([`Gate::settle`]).
    ///
    /// # Errors
    /// [`GateError`] if there is none, another process holds it, or its log does not verify.
    pub async fn open(home: Home, around: Surroundings) -> Result<Self, GateError> {
        let origin = home.read_origin()?;
        let signer = log_signer(&home, &origin, around.entropy.as_ref())?;
        let store = Store::open(&home.log(), signer)
            .await
            .map_err(store_failed)?;
        let (state, position) = replay(&store).await?;
        let left_running = left_running(&state);
        let inner = Mutex::new(Inner {
            state,
            position,
            is_stale: false,
        });
        let gate = Self {
            home,
            store,
            origin,
            around,
            disclose: Arc::new(FromData),
            left_running,
            inner,
        };
        gate.settle().await?;
        Ok(gate)
    }

    /// The home's paths.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// The log, for reading and proving.
    pub fn log(&self) -> &irongate_store::Reader {
        &self.store
    }

    /// The log's origin: what requests to this home name.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What the gate takes from outside.
    pub fn around(&self) -> &Surroundings {
        &self.around
    }

    /// Puts recorded disclosures in the place of [`FromData`]: for the transcript test alone.
    #[cfg(feature = "replay")]
    #[must_use]
    pub fn replaying(mut self, disclose: Arc<dyn Disclose>) -> Self {
        self.disclose = disclose;
        self
    }

    /// Where what is computed from protected rows comes from.
    pub(crate) fn disclose(&self) -> Arc<dyn Disclose> {
        Arc::clone(&self.disclose)
    }

    /// The jobs that an earlier process left running.
    pub(crate) fn left_running(&self) -> &[JobId] {
        &self.left_running
    }

    /// Looks at the state.
    pub async fn with_state<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.inner.lock().await.state)
    }

    /// Signs a request to this home as `party`.
    ///
    /// # Errors
    /// [`GateError`] if it cannot be written canonically.
    pub fn sign(
        &self,
        key: &SigningKey,
        party: PartyId,
        request: impl Into<Request>,
    ) -> Result<Signed, GateError> {
        let nonce = Nonce::new(random(self.around.entropy.as_ref())?);
        key.sign(request.into(), &self.origin, nonce, party)
            .map_err(|error| GateError::failed("signing", error))
    }

    /// Signs a request as the party whose key this is.
    ///
    /// # Errors
    /// [`GateError::Rejected`] if no party has this key.
    pub async fn sign_with(
        &self,
        key: &SigningKey,
        request: impl Into<Request>,
    ) -> Result<Signed, GateError> {
        let public = key.public_key();
        let party = self
            .with_state(|state| party_of(state, &public))
            .await
            .ok_or_else(|| {
                GateError::rejected(
                    "no party has this key; the agency adds one with `irongate party add`",
                )
            })?;
        self.sign(key, party, request)
    }

    /// Decides on a party's signed request and logs what follows from it.
    ///
    /// # Errors
    /// [`GateError::Denied`] with every reason.
    pub async fn submit(&self, signed: Signed) -> Result<Vec<u64>, GateError> {
        self.act(Action::Party(Box::new(signed)), Vec::new()).await
    }

    /// Decides on a step of the gate's own and logs it, with documents written in the same commit.
    ///
    /// # Errors
    /// As [`Gate::submit`].
    pub async fn step(
        &self,
        action: GateAction,
        documents: Vec<DocumentChange>,
    ) -> Result<Vec<u64>, GateError> {
        self.act(Action::Gate(action), documents).await
    }

    /// Decides, makes the outcome durable, and only then lets the state move.
    ///
    /// # Errors
    /// As [`Gate::submit`].
    pub(crate) async fn act(
        &self,
        action: Action,
        documents: Vec<DocumentChange>,
    ) -> Result<Vec<u64>, GateError> {
        let mut inner = self.inner.lock().await;
        if inner.is_stale {
            return Err(GateError::Failed(
                "the log could not be written; open the home again".into(),
            ));
        }
        let at = Timestamp(self.around.clock.now_ms());
        let events = decide(&inner.state, &Command { at, action })?;
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let mut entries = Vec::new();
        for event in &events {
            entries.push(NewEntry {
                body: canonical_json(event)?,
                salt: random(self.around.entropy.as_ref())?,
            });
        }
        let appended = match self.store.append(inner.position, entries, documents).await {
            Ok(appended) => appended,
            // Refused before anything was written.
            Err(error @ StoreError::TooLarge { .. }) => {
                return Err(GateError::rejected(format!(
                    "{error}: it cannot be logged; make it shorter"
                )));
            }
            Err(error) => {
                inner.is_stale = true;
                return Err(store_failed(error));
            }
        };
        for event in &events {
            inner.state.evolve(event);
        }
        inner.position = appended.next;
        Ok((appended.first..appended.next).collect())
    }

    /// A document that must be there.
    ///
    /// # Errors
    /// [`GateError::Failed`] if it is not.
    pub(crate) async fn required_document(
        &self,
        kind: &str,
        id: &str,
    ) -> Result<Vec<u8>, GateError> {
        let found = self.store.document(kind, id).await.map_err(store_failed)?;
        found
            .ok_or_else(|| GateError::Failed(format!("a stored {kind} is missing; check the home")))
    }

    /// Lets go of the home once everything queued is durable.
    ///
    /// # Errors
    /// [`GateError`] if the writer died.
    pub async fn close(self) -> Result<(), GateError> {
        self.store.close().await.map_err(store_failed)
    }
}

fn store_failed(error: StoreError) -> GateError {
    GateError::failed("the log", error)
}

pub(crate) fn log_signer(
    home: &Home,
    origin: &str,
    entropy: &dyn Entropy,
) -> Result<LogSigner, GateError> {
    let seed = home.log_seed(entropy)?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| {
        GateError::Failed("the log's key is damaged; restore it from a backup".into())
    })?;
    LogSigner::new(origin, pair).map_err(|error| GateError::failed("the log's origin", error))
}

/// The log's public key as a verifier needs it.
///
/// # Errors
/// [`GateError::Rejected`] if it is no key, or the origin cannot be one.
pub fn log_key(origin: &str, public_hex: &str) -> Result<LogKey, GateError> {
    let public = const_hex::decode_to_array(public_hex)
        .map_err(|_| GateError::rejected("a log key is 64 hexadecimal digits"))?;
    LogKey::new(origin, public).map_err(|error| GateError::rejected(error.to_string()))
}

async fn replay(store: &Store) -> Result<(State, u64), GateError> {
    let size = store.size().await.map_err(store_failed)?;
    let mut state = State::default();
    let mut next = 0;
    while next < size {
        let end = size.min(next + REPLAY_PIECE);
        for entry in store.read(next..end).await.map_err(store_failed)? {
            let event: Event = serde_json::from_slice(&entry.body)
                .map_err(|error| GateError::failed(&format!("log entry {}", entry.index), error))?;
            state.evolve(&event);
        }
        next = end;
    }
    Ok((state, size))
}

fn party_of(state: &State, key: &PublicKey) -> Option<PartyId> {
    state
        .parties
        .iter()
        .find(|(_, party)| party.key == *key)
        .map(|(id, _)| id.clone())
}
