//! Devices, and the owners of their addresses. An address (a device token) belongs to at most one device of one user
//! of an app: the last to register it. `Key::Address` holds the owner and changes together with the devices.

use aws_sdk_dynamodb::types::TransactWriteItem;
use aws_sdk_dynamodb::types::builders::{DeleteBuilder, PutBuilder};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Error;
use domain::device::{Channel, Device, Retired};
use domain::id::{AppId, DeviceId, UserId};
use domain::secret::DeviceAddress;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::conditions::{ADDRESS_IS_OR_GONE, DEVICE_IS, NOT_YET_WRITTEN, OWNER_IS};
use super::failure::{Item, Reason};
use super::item::{self};
use super::schema::{self, IndexKey, Key};
use super::{Store, requests};

/// The most devices of one user. One more replaces the one that was silent for longest.
pub const MAX_DEVICES: usize = 20;

/// Attempts at a registration that meets another one.
const ROUNDS: u32 = 6;

#[derive(Serialize, Deserialize)]
struct StoredDevice {
    #[serde(flatten)]
    device: Device,
    #[serde(default)]
    expires: i64,
}

/// The owner of an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Owner {
    user_id: UserId,
    device_id: DeviceId,
    #[serde(default)]
    expires: i64,
}

impl Owner {
    fn is(&self, user: &UserId, device: &Device) -> bool {
        self.user_id == *user && self.device_id == device.device_id
    }

    fn key(&self, app: &AppId) -> Key {
        Key::Device(app.clone(), self.user_id.clone(), self.device_id.clone())
    }
}

/// Returns the user's devices, including retired ones that are still shown.
pub async fn list(store: &Store, app: &AppId, user: &UserId, now: Timestamp) -> Result<Vec<Device>, Error> {
    let devices = stored(store, app, user).await?;
    Ok(devices.into_iter().filter(|device| device.expires_at() > now).collect())
}

/// The user's devices, including expired ones that DynamoDB has not deleted yet.
async fn stored(store: &Store, app: &AppId, user: &UserId) -> Result<Vec<Device>, Error> {
    let request = store.range(schema::user_pk(app, user), "DEVICE#", "DEVICE$").consistent_read(true);
    store.query_all("read devices", request).await?.into_iter().map(read).collect()
}

pub(crate) fn read(found: Item) -> Result<Device, Error> {
    item::shape::<StoredDevice>("device", found).map(|stored| stored.device)
}

/// Registers a device, confirms it, or moves it to another address. Deletes another device, of any user, that had the
/// address. Beyond [`MAX_DEVICES`], deletes the oldest.
pub async fn register(store: &Store, app: &AppId, user: &UserId, device: &Device) -> Result<(), Error> {
    for round in 1..=ROUNDS {
        let known = stored(store, app, user).await?;
        let before = known.iter().find(|known| known.device_id == device.device_id);
        let registered_at = before.map_or(Some(device.seen_at), |before| before.registered_at);
        let address = canonical(device.channel, &device.address);
        let device = &Device { registered_at, address, ..device.clone() };
        let owner = owner(store, app, device).await?;
        let writes = registration(store, app, user, device, before, &known, owner.as_ref()).await?;
        if store.transaction("register device", writes).await?.is_ok() {
            return Ok(());
        }
        // Another writer registered one of the same devices or addresses: read again.
        store.back_off(round).await;
    }
    Err(Error::Unavailable("register device: conflict".into()))
}

async fn owner(store: &Store, app: &AppId, device: &Device) -> Result<Option<Owner>, Error> {
    let at = Key::Address(app.clone(), hash(device));
    store.get_shape("get address", "address", &at).await
}

/// The device with its address in an earlier version's spelling, and the owner under that spelling.
async fn former_owner(store: &Store, app: &AppId, device: &Device) -> Result<Option<(Device, Owner)>, Error> {
    if !is_token_of_apns(device.channel, &device.address) {
        return Ok(None);
    }
    let address = DeviceAddress::new(device.address.expose().to_ascii_uppercase());
    let former = Device { address, ..device.clone() };
    if hash(&former) == hash(device) {
        return Ok(None);
    }
    Ok(owner(store, app, &former).await?.map(|owner| (former, owner)))
}

async fn at(store: &Store, at: &Key) -> Result<Option<Device>, Error> {
    store.get_item("get device", at).await?.map(read).transpose()
}

/// The writes of a registration, each conditional on what was read: all of them hold or none.
async fn registration(
    store: &Store,
    app: &AppId,
    user: &UserId,
    device: &Device,
    before: Option<&Device>,
    known: &[Device],
    owner: Option<&Owner>,
) -> Result<Vec<TransactWriteItem>, Error> {
    let mine =
        Owner { user_id: user.clone(), device_id: device.device_id.clone(), expires: device.expires_at().as_second() };
    let mut writes = vec![requests::put(put_device(store, app, user, device, before)?)?];
    if before.is_none() {
        writes.push(in_audience(store, app, user, device.seen_at)?);
    }
    writes.push(requests::put(own(store, app, device, &mine, owner)?)?);
    if let Some(before) = before.filter(|before| hash(before) != hash(device) && before.retired.is_none()) {
        writes.extend(disown(store, app, user, before).await?);
    }
    let mut elsewhere = Vec::new();
    if let Some(theirs) = owner.filter(|owner| !owner.is(user, device)).map(|owner| owner.key(app)) {
        // It may have expired or been deleted. With another address it need not give way.
        if at(store, &theirs).await?.is_none_or(|theirs| hash(&theirs) == hash(device)) {
            writes.push(forget(store, &theirs, device)?);
            elsewhere.push(theirs);
        }
    }
    if let Some((former, owner)) = former_owner(store, app, device).await?.filter(|(_, owner)| !owner.is(user, device))
    {
        let theirs = owner.key(app);
        writes.push(requests::delete(disowned(store, app, &former, &owner))?);
        if !elsewhere.contains(&theirs)
            && at(store, &theirs).await?.is_some_and(|theirs| hash(&theirs) == hash(&former))
        {
            writes.push(forget(store, &theirs, &former)?);
            elsewhere.push(theirs);
        }
    }
    let stays = |known: &&Device| {
        let at = Key::Device(app.clone(), user.clone(), known.device_id.clone());
        known.is_live(device.seen_at) && known.device_id != device.device_id && !elsewhere.contains(&at)
    };
    let mut live: Vec<&Device> = known.iter().filter(stays).collect();
    if live.len() >= MAX_DEVICES {
        live.sort_by_key(|known| known.seen_at);
        for oldest in live.iter().take(live.len() + 1 - MAX_DEVICES) {
            writes.extend(forget_own(store, app, user, oldest).await?);
        }
    }
    Ok(writes)
}

/// Puts the user in the audience of campaigns, even without a profile. Unconditional: an existing item says the same.
fn in_audience(store: &Store, app: &AppId, user: &UserId, now: Timestamp) -> Result<TransactWriteItem, Error> {
    let (pk, sk) = IndexKey::Audience(app.clone(), user.clone()).pair();
    let update = store
        .update_in_transaction(&Key::User(app.clone(), user.clone()))
        .update_expression("SET gsi1pk = :audience, gsi1sk = :user, known_since = if_not_exists(known_since, :now)")
        .expression_attribute_values(":now", item::time(now))
        .expression_attribute_values(":audience", item::text(pk))
        .expression_attribute_values(":user", item::text(sk));
    requests::update(update)
}

fn put_device(
    store: &Store,
    app: &AppId,
    user: &UserId,
    device: &Device,
    before: Option<&Device>,
) -> Result<PutBuilder, Error> {
    let at = Key::Device(app.clone(), user.clone(), device.device_id.clone());
    let stored = StoredDevice { expires: device.expires_at().as_second(), device: device.clone() };
    let put = store.put_in_transaction(item::whole(&at, None, &stored)?);
    Ok(match before {
        None => put.condition_expression(NOT_YET_WRITTEN),
        Some(before) => put
            .condition_expression(DEVICE_IS)
            .expression_attribute_values(":address", item::text(before.address.expose()))
            .expression_attribute_values(":seen", item::time(before.seen_at)),
    })
}

fn own(store: &Store, app: &AppId, device: &Device, mine: &Owner, owner: Option<&Owner>) -> Result<PutBuilder, Error> {
    let put = store.put_in_transaction(item::whole(&Key::Address(app.clone(), hash(device)), None, mine)?);
    Ok(match owner {
        None => put.condition_expression(NOT_YET_WRITTEN),
        Some(owner) => put
            .condition_expression(OWNER_IS)
            .expression_attribute_values(":user", item::text(owner.user_id.as_str()))
            .expression_attribute_values(":device", item::text(owner.device_id.as_str())),
    })
}

/// Takes the address from a device that is written under [`DEVICE_IS`]. Returns `None` if it no longer belongs to the
/// device: DynamoDB deletes an address and its device hours apart, and another device may have registered it in
/// between. Only a registration can make it this device's again, and that condition notices one.
async fn disown(
    store: &Store,
    app: &AppId,
    user: &UserId,
    device: &Device,
) -> Result<Option<TransactWriteItem>, Error> {
    if owner(store, app, device).await?.is_none_or(|owner| !owner.is(user, device)) {
        return Ok(None);
    }
    let own = Owner { user_id: user.clone(), device_id: device.device_id.clone(), expires: 0 };
    requests::delete(disowned(store, app, device, &own)).map(Some)
}

/// Removes a device's ownership of its address, if it still has it.
fn disowned(store: &Store, app: &AppId, device: &Device, owner: &Owner) -> DeleteBuilder {
    store
        .delete_in_transaction(&Key::Address(app.clone(), hash(device)))
        .condition_expression(OWNER_IS)
        .expression_attribute_values(":user", item::text(owner.user_id.as_str()))
        .expression_attribute_values(":device", item::text(owner.device_id.as_str()))
}

/// Deletes one of the user's own devices as it was read, and its ownership of the address.
async fn forget_own(
    store: &Store,
    app: &AppId,
    user: &UserId,
    device: &Device,
) -> Result<Vec<TransactWriteItem>, Error> {
    let delete = store
        .delete_in_transaction(&Key::Device(app.clone(), user.clone(), device.device_id.clone()))
        .condition_expression(DEVICE_IS)
        .expression_attribute_values(":address", item::text(device.address.expose()))
        .expression_attribute_values(":seen", item::time(device.seen_at));
    let mut writes = vec![requests::delete(delete)?];
    if device.retired.is_none() {
        writes.extend(disown(store, app, user, device).await?);
    }
    Ok(writes)
}

/// Deletes a device if it still has the address.
fn forget(store: &Store, at: &Key, address_of: &Device) -> Result<TransactWriteItem, Error> {
    let delete = store
        .delete_in_transaction(at)
        .condition_expression(ADDRESS_IS_OR_GONE)
        .expression_attribute_values(":address", item::text(address_of.address.expose()));
    requests::delete(delete)
}

/// Deletes a device and its ownership of the address. Deleting a missing device changes nothing.
pub async fn delete(store: &Store, app: &AppId, user: &UserId, device: &DeviceId) -> Result<(), Error> {
    for round in 1..=ROUNDS {
        let found = at(store, &Key::Device(app.clone(), user.clone(), device.clone())).await?;
        let Some(found) = found else { return Ok(()) };
        let writes = forget_own(store, app, user, &found).await?;
        if store.transaction("forget device", writes).await?.is_ok() {
            return Ok(());
        }
        store.back_off(round).await;
    }
    Err(Error::Unavailable("forget device: conflict".into()))
}

/// Marks a device's address as dead. Does nothing if the device has another one by now.
pub async fn retire(store: &Store, app: &AppId, user: &UserId, device: &Device, retired: Retired) -> Result<(), Error> {
    let after = Device { retired: Some(retired), ..device.clone() };
    let mut writes = vec![requests::put(put_device(store, app, user, &after, Some(device))?)?];
    writes.extend(disown(store, app, user, device).await?);
    settled(store.transaction("retire device", writes).await?)
}

/// Gives a device the new address that the push service reported. If another device has that address, retires this
/// one. Does nothing if the device has another one by now.
pub async fn renew(
    store: &Store,
    app: &AppId,
    user: &UserId,
    device: &Device,
    address: &DeviceAddress,
    now: Timestamp,
) -> Result<(), Error> {
    let after = Device { address: canonical(device.channel, address), ..device.clone() };
    if after.address == device.address {
        return Ok(());
    }
    let is_others = |owner: &Owner| !owner.is(user, device);
    let former = former_owner(store, app, &after).await?;
    if owner(store, app, &after).await?.is_some_and(|owner| is_others(&owner))
        || former.is_some_and(|(_, owner)| is_others(&owner))
    {
        let reason = "renewed to an address that another device has".to_owned();
        return retire(store, app, user, device, Retired { at: now, reason }).await;
    }
    let expires = after.expires_at().as_second();
    let mine = Owner { user_id: user.clone(), device_id: device.device_id.clone(), expires };
    let mut writes = vec![
        requests::put(put_device(store, app, user, &after, Some(device))?)?,
        requests::put(own(store, app, &after, &mine, None)?)?,
    ];
    writes.extend(disown(store, app, user, device).await?);
    settled(store.transaction("renew device", writes).await?)
}

/// Follows the result of a push: renews the address to `updated`, or retires the device where its token is `gone`. If
/// that fails, the next push tries again.
pub async fn follow_push(
    store: &Store,
    app: &AppId,
    user: &UserId,
    device: &Device,
    updated: Option<&DeviceAddress>,
    gone: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    if let Some(address) = updated.filter(|address| **address != device.address) {
        renew(store, app, user, device, address, now).await?;
    }
    match gone {
        Some(reason) => retire(store, app, user, device, Retired { at: now, reason: reason.to_owned() }).await,
        None => Ok(()),
    }
}

/// A refusal means that the device was registered since, which wins. A conflict may mean that.
fn settled(answer: Result<(), Vec<Reason>>) -> Result<(), Error> {
    match answer {
        Err(reasons) if !reasons.iter().any(|reason| matches!(reason, Reason::Refused(_))) => {
            Err(Error::Unavailable("change device: conflict".into()))
        }
        _ => Ok(()),
    }
}

/// APNs tokens are hexadecimal, so upper and lower case mean the same.
fn is_token_of_apns(channel: Channel, address: &DeviceAddress) -> bool {
    let of_apns = matches!(channel, Channel::Apns | Channel::ApnsSandbox);
    of_apns && address.expose().bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The stored form of an address: APNs tokens in lower case, so that `AABB` and `aabb` have one owner.
fn canonical(channel: Channel, address: &DeviceAddress) -> DeviceAddress {
    if is_token_of_apns(channel, address) {
        DeviceAddress::new(address.expose().to_ascii_lowercase())
    } else {
        address.clone()
    }
}

/// The hash of an address, as a key: an address is secret and may be longer than a key.
fn hash(device: &Device) -> String {
    let text = format!("{}:{}", device.channel.as_str(), device.address.expose());
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}
