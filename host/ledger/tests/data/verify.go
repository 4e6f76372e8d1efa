// Verifies a log with the packages of the Go checksum database: the note, every tile against the signed root, and every entry against
// its hash. Or the folder for an inspection: its files against their signed sums, all hashes against the signed root, and its entries and
// bodies against their hashes. It shares no code with the log.
//
//	go run verify.go FOLDER KEY [PROOF ENTRY]
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// folder reads tiles as C2SP tlog-tiles lays them out: their height does not stand in the path.
type folder string

func (f folder) Height() int { return height }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := "tile" + strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d", height))
		data, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) entries(number, width int64) ([][]byte, error) {
	tile := tlog.Tile{H: height, L: 0, N: number, W: int(width)}
	path := "tile/entries" + strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/0", height))
	data, err := os.ReadFile(filepath.Join(string(f), path))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("%s is cut", path)
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:end])
		data = data[end:]
	}
	if int64(len(entries)) != width {
		return nil, fmt.Errorf("%s has %d entries", path, len(entries))
	}
	return entries, nil
}

// open returns the tree that a signed checkpoint is of.
func open(text []byte, key string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func log(f folder, key string) error {
	text, err := os.ReadFile(filepath.Join(string(f), "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := open(text, key)
	if err != nil {
		return err
	}
	hashes := tlog.TileHashReader(tree, f)
	for start := int64(0); start < tree.N; start += 1 << height {
		width := tree.N - start
		if width > 1<<height {
			width = 1 << height
		}
		entries, err := f.entries(start>>height, width)
		if err != nil {
			return err
		}
		for at, entry := range entries {
			index := start + int64(at)
			signed, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
			if err != nil {
				return err
			}
			if signed[0] != tlog.RecordHash(entry) {
				return fmt.Errorf("entry %d is not the one that was signed", index)
			}
		}
	}
	fmt.Printf("%d entries are as they were signed\n", tree.N)
	return nil
}

// proof checks a C2SP tlog-proof of an entry.
func proof(proofFile, entryFile, key string) error {
	text, err := os.ReadFile(proofFile)
	if err != nil {
		return err
	}
	entry, err := os.ReadFile(entryFile)
	if err != nil {
		return err
	}
	head, checkpoint, _ := strings.Cut(string(text), "\n\n")
	tree, err := open([]byte(checkpoint), key)
	if err != nil {
		return err
	}
	lines := strings.Split(head, "\n")
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	var path tlog.RecordProof
	for _, line := range lines[2:] {
		bytes, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(bytes) != tlog.HashSize {
			return fmt.Errorf("%q is no hash", line)
		}
		path = append(path, *(*tlog.Hash)(bytes))
	}
	if err := tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return err
	}
	fmt.Printf("entry %d stands in the log\n", index)
	return nil
}

// stored has the hashes of all entries and of the nodes above them, in the order of the package.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var all []tlog.Hash
	for _, index := range indexes {
		if index < 0 || index >= int64(len(s)) {
			return nil, fmt.Errorf("there is no hash %d", index)
		}
		all = append(all, s[index])
	}
	return all, nil
}

// sums checks every file of a pack against SHA256SUMS, and that file against the signature by the key in key.pem, which is the key of the log.
func sums(at func(string) string, key string) error {
	listed, err := os.ReadFile(at("SHA256SUMS"))
	if err != nil {
		return err
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(listed), "\n"), "\n") {
		wanted, name, _ := strings.Cut(line, "  ")
		content, err := os.ReadFile(at(name))
		if err != nil {
			return err
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != wanted {
			return fmt.Errorf("%s is not the file that was summed", name)
		}
	}
	text, err := os.ReadFile(at("key.pem"))
	if err != nil {
		return err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return fmt.Errorf("key.pem is no key")
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return err
	}
	ed, isEd := public.(ed25519.PublicKey)
	signature, err := os.ReadFile(at("SHA256SUMS.sig"))
	if err != nil || !isEd || !ed25519.Verify(ed, listed, signature) {
		return fmt.Errorf("SHA256SUMS is not signed by key.pem")
	}
	encoded := key[strings.LastIndex(key, "+")+1:]
	if raw, err := base64.StdEncoding.DecodeString(encoded); err != nil || !bytes.Equal(raw[1:], ed) {
		return fmt.Errorf("key.pem is not the key of the log")
	}
	return nil
}

// pack verifies the folder for an inspection.
func pack(folder, key string) error {
	at := func(name string) string { return filepath.Join(folder, name) }
	if err := sums(at, key); err != nil {
		return err
	}
	text, err := os.ReadFile(at("checkpoint"))
	if err != nil {
		return err
	}
	tree, err := open(text, key)
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(at("hashes.bin"))
	if err != nil {
		return err
	}
	if int64(len(raw)) != tree.N*tlog.HashSize {
		return fmt.Errorf("there are not as many hashes as entries")
	}
	leaf := func(index int64) tlog.Hash { return *(*tlog.Hash)(raw[index*tlog.HashSize:]) }
	var hashes stored
	for index := int64(0); index < tree.N; index++ {
		more, err := tlog.StoredHashesForRecordHash(index, leaf(index), hashes)
		if err != nil {
			return err
		}
		hashes = append(hashes, more...)
	}
	root, err := tlog.TreeHash(tree.N, hashes)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return fmt.Errorf("the hashes do not lead to the signed root")
	}
	lines, err := os.ReadFile(at("entries.txt"))
	if err != nil {
		return err
	}
	entries := map[int64]string{}
	next := int64(-1)
	for _, line := range strings.Split(strings.TrimSuffix(string(lines), "\n"), "\n") {
		if line == "" {
			continue
		}
		number, entry, _ := strings.Cut(line, " ")
		index, err := strconv.ParseInt(number, 10, 64)
		if err != nil || index < 0 || index >= tree.N || tlog.RecordHash([]byte(entry)) != leaf(index) {
			return fmt.Errorf("entry %q is not the one that was signed", number)
		}
		if next >= 0 && index != next {
			return fmt.Errorf("entry %d is left out", next)
		}
		next = index + 1
		entries[index] = entry
	}
	lines, err = os.ReadFile(at("bodies.jsonl"))
	if err != nil {
		return err
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(lines), "\n"), "\n") {
		if line == "" {
			continue
		}
		var body struct {
			Index int64
			Salt  string
			JSON  string
		}
		if err := json.Unmarshal([]byte(line), &body); err != nil {
			return err
		}
		salt, err := hex.DecodeString(body.Salt)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(append(salt, body.JSON...))
		if !strings.Contains(entries[body.Index], `"body":"sha256:`+hex.EncodeToString(sum[:])+`"`) {
			return fmt.Errorf("body %d is not that of its entry", body.Index)
		}
	}
	fmt.Printf("%d entries of %d are as they were signed\n", len(entries), tree.N)
	return nil
}

func main() {
	if _, err := os.Stat(filepath.Join(os.Args[1], "hashes.bin")); err == nil {
		if err := pack(os.Args[1], os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	err := log(folder(os.Args[1]), os.Args[2])
	if err == nil && len(os.Args) > 3 {
		err = proof(os.Args[3], os.Args[4], os.Args[2])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
