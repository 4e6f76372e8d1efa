//! Files that the library of C2PA itself signed: their manifests are reported where they stand, stay readable to it after a label
//! was written, and are then known to match the file no longer, as the remark says.

use std::fs;

use specialis_label::{Container, Remark, read};
use tempfile::TempDir;

use crate::foreign::{ffmpeg, labelled};
use crate::tools::python;

const FILES: [(&str, Container, &str); 8] = [
    ("s.png", Container::Png, "image/png"),
    ("s.jpg", Container::Jpeg, "image/jpeg"),
    ("s.webp", Container::WebP, "image/webp"),
    ("s.gif", Container::Gif, "image/gif"),
    ("s.tif", Container::Tiff, "image/tiff"),
    ("s.mp4", Container::Mp4, "video/mp4"),
    ("s.wav", Container::Wav, "audio/wav"),
    ("s.mp3", Container::Mp3, "audio/mpeg"),
];

/// Signs `u.EXT` as `s.EXT`, each under a chain of certificates made for it.
const SIGN: &str = r#"
import sys, json, datetime, c2pa
from cryptography import x509
from cryptography.x509.oid import NameOID, ExtendedKeyUsageOID
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

def name(of):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, of), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Sample")])

def certificate(subject, key, issuer, by, is_ca):
    made = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number())
    made = made.not_valid_before(datetime.datetime(2026, 1, 1)).not_valid_after(datetime.datetime(2046, 1, 1))
    made = made.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), True)
    made = made.add_extension(x509.KeyUsage(True, False, False, False, False, is_ca, is_ca, False, False), True)
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), False)
    if not is_ca:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
    return made.sign(by, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
chain = certificate("signer", key, "root", root, False) + certificate("root", root, "root", root, True)
pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=pem, ta_url=None))
kind = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
created = {"label": "c2pa.actions", "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": kind}]}}
for file in sys.argv[2:]:
    end, media = file.split("=")
    said = {"claim_generator_info": [{"name": "sample", "version": "1"}], "format": media, "assertions": [created]}
    with open(f"{sys.argv[1]}/u.{end}", "rb") as source, open(f"{sys.argv[1]}/s.{end}", "w+b") as to:
        c2pa.Builder(json.dumps(said)).sign(signer, media, source, to)
"#;

/// What the library finds in a file: the state of the active manifest, and whether what is hashed no longer matches.
const READ: &str = r#"
import sys, json, c2pa
said = json.loads(c2pa.Reader(sys.argv[1]).json())
codes = json.dumps(said["validation_results"]["activeManifest"]["failure"])
print(said["manifests"][said["active_manifest"]]["claim_generator_info"][0]["name"], "mismatch" in codes)
"#;

#[test]
fn manifests_of_the_library_itself_are_reported_and_stay_readable() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let draw = "import sys; from PIL import Image; im = Image.radial_gradient('L').convert('RGB')\n\
                [im.save(sys.argv[1] + '/u.' + end) for end in ('png', 'jpg', 'webp', 'gif', 'tif')]";
    let made = python("PIL", draw, &[&path("")]).is_some()
        && ["u.mp4", "u.wav", "u.mp3"].iter().all(|name| ffmpeg(&folder, name, &[]).is_some());
    let ends = FILES.iter().map(|(name, _, media)| format!("{}={media}", name.trim_start_matches("s.")));
    let ends: Vec<String> = ends.collect();
    let args: Vec<String> = std::iter::once(path("")).chain(ends).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    if !made || python("c2pa", SIGN, &args).is_none() {
        return;
    }
    for (name, container, _) in FILES {
        let signed = path(name);
        let found = read(&mut fs::File::open(&signed).unwrap(), container).unwrap();
        let is_reported = |remark: &Remark| matches!(remark, Remark::C2pa(_));
        assert!(found.remarks.iter().any(is_reported), "{name}: {:?}", found.remarks);
        assert_eq!(python("c2pa", READ, &[&signed]).unwrap().trim(), "sample False", "{name} as it was signed");
        let out = labelled(&folder, name, container).unwrap();
        assert_eq!(python("c2pa", READ, &[&out]).unwrap().trim(), "sample True", "{name} with a label");
    }
}
