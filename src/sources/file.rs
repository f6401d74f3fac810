//! Files as they come: chosen, dropped (folders too), pasted, or the sample.

use crate::worker::pool::FileToLoad;
use crate::worker::progress::Fault;
use js_sys::{Array, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DataTransfer, File, FileList, FilePropertyBag, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry,
};

/// Where the project's sample lies, beside the page.
const SAMPLE_URL: &str = "sample.log.gz";

/// What was found, and what could not be read.
#[derive(Default)]
pub struct Found {
    pub files: Vec<FileToLoad>,
    pub faults: Vec<Fault>,
}

/// The files of a file input; those of a folder input carry their path in it.
pub fn from_list(list: &FileList) -> Vec<FileToLoad> {
    let files = (0..list.length()).filter_map(|index| list.get(index));
    files
        .map(|file| {
            let path = Reflect::get(&file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
            let path = path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name());
            FileToLoad { path, file }
        })
        .collect()
}

/// What a drop or a paste carries. A transfer is emptied when its event ends, so this
/// is taken from it at once and read afterwards.
pub struct Transfer {
    entries: Vec<FileSystemEntry>,
    files: Vec<FileToLoad>,
    text: String,
}

impl Transfer {
    pub fn take(transfer: &DataTransfer) -> Transfer {
        let items = transfer.items();
        let entries = (0..items.length()).filter_map(|index| items.get(index)?.webkit_get_as_entry().ok().flatten());
        Transfer {
            entries: entries.collect(),
            files: transfer.files().map(|list| from_list(&list)).unwrap_or_default(),
            text: transfer.get_data("text/plain").unwrap_or_default(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.files.is_empty() && self.text.trim().is_empty()
    }

    /// Every file, also those in folders, by path; else the text as a file named `text_name`.
    pub async fn read(self, text_name: &str) -> Found {
        let mut found = Found::default();
        if self.entries.is_empty() && self.files.is_empty() {
            match file_of(&JsValue::from_str(&self.text), text_name) {
                Ok(file) => found.files.push(FileToLoad { path: text_name.to_string(), file }),
                Err(_) => found.faults.push(unreadable(text_name)),
            }
        } else if self.entries.is_empty() {
            found.files = self.files;
        } else {
            walk(self.entries, &mut found).await;
        }
        found.files.sort_by(|a, b| a.path.cmp(&b.path));
        found
    }
}

/// Reads folders to the bottom; what cannot be read is reported and left out.
async fn walk(mut entries: Vec<FileSystemEntry>, found: &mut Found) {
    while let Some(entry) = entries.pop() {
        let path = entry.full_path().trim_start_matches('/').to_string();
        if entry.is_directory() {
            match children(entry.unchecked_ref()).await {
                Ok(mut inside) => entries.append(&mut inside),
                Err(_) => found.faults.push(unreadable(&path)),
            }
            continue;
        }
        match file_of_entry(entry.unchecked_ref()).await {
            Ok(file) => found.files.push(FileToLoad { path, file }),
            Err(_) => found.faults.push(unreadable(&path)),
        }
    }
}

/// A folder's entries. The reader hands them out in batches (of 100 in Chromium) until an empty one.
async fn children(folder: &FileSystemDirectoryEntry) -> Result<Vec<FileSystemEntry>, JsValue> {
    let reader = folder.create_reader();
    let mut all = Vec::new();
    loop {
        let batch = JsFuture::from(Promise::new(&mut |resolve, reject| {
            if let Err(error) = reader.read_entries_with_callback_and_callback(&resolve, &reject) {
                let _ = reject.call1(&JsValue::NULL, &error);
            }
        }))
        .await?;
        let batch: Array = batch.dyn_into()?;
        if batch.length() == 0 {
            return Ok(all);
        }
        all.extend(batch.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
}

async fn file_of_entry(entry: &FileSystemFileEntry) -> Result<File, JsValue> {
    let file = JsFuture::from(Promise::new(&mut |resolve, reject| {
        entry.file_with_callback_and_callback(&resolve, &reject);
    }));
    file.await?.dyn_into()
}

/// The project's sample, from beside the page.
pub async fn sample() -> Result<FileToLoad, Fault> {
    let fault = |detail: String| Fault {
        what_happened: format!("The sample could not be fetched ({detail})."),
        what_it_means: "Nothing was loaded.".to_string(),
        what_to_do: "Check that sample.log.gz lies beside the page on its server, or open a file of your own."
            .to_string(),
    };
    let response = gloo_net::http::Request::get(SAMPLE_URL).send().await.map_err(|error| fault(error.to_string()))?;
    if !response.ok() {
        return Err(fault(format!("HTTP {}", response.status())));
    }
    let bytes = response.binary().await.map_err(|error| fault(error.to_string()))?;
    let file = file_of(&Uint8Array::from(bytes.as_slice()), SAMPLE_URL);
    let file = file.map_err(|_| fault("the browser made no file of it".to_string()))?;
    Ok(FileToLoad { path: SAMPLE_URL.to_string(), file })
}

/// A file made of a text or of bytes.
fn file_of(part: &JsValue, name: &str) -> Result<File, JsValue> {
    File::new_with_blob_sequence_and_options(&Array::of1(part), name, &FilePropertyBag::new())
}

fn unreadable(path: &str) -> Fault {
    Fault {
        what_happened: format!("{path} could not be read."),
        what_it_means: "It was left out; everything else was opened.".to_string(),
        what_to_do: "Check that it still exists and that the browser may read it, then drop it again.".to_string(),
    }
}
