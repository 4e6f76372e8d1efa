"""Makes files of many kinds in a folder: pictures, sounds, videos and documents, all invented."""
import os, subprocess, sys, zipfile

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
made = 0


def path(name):
    return os.path.join(folder, name)


def ffmpeg(name, *args, size="160x120", seconds="1"):
    global made
    inputs = ["-f", "lavfi", "-i", f"testsrc=d={seconds}:s={size}:r=5", "-f", "lavfi", "-i", f"sine=d={seconds}"]
    done = subprocess.run(["ffmpeg", "-v", "error", "-y", "-nostdin", *inputs, *args, path(name)], capture_output=True)
    if done.returncode == 0:
        made += 1
    elif os.path.exists(path(name)):
        os.remove(path(name))


def text(name, content, encoding="utf-8"):
    global made
    with open(path(name), "wb") as file:
        file.write(content.encode(encoding))
    made += 1


tags = {"bare": [], "tagged": ["-metadata", "title=题", "-metadata", "comment=made in May", "-metadata", "artist=a"]}
for kind, extra in tags.items():
    for rate in ("8000", "44100", "48000"):
        for channels in ("1", "2"):
            sound = ["-map", "1", "-ar", rate, "-ac", channels, *extra]
            for name in ("wav", "flac", "mp3", "m4a", "mka", "ogg"):
                codec = ["-c:a", "libvorbis"] if name == "ogg" else []
                ffmpeg(f"{kind}-{rate}-{channels}.{name}", *sound, *codec)
            ffmpeg(f"{kind}-{rate}-{channels}.opus", "-map", "1", "-ac", channels, *extra)
            ffmpeg(f"{kind}-{rate}-{channels}.oga", *sound, "-c:a", "flac")
    for name, codec in (("mp4", "libx264"), ("mov", "libx264"), ("mkv", "libx264"), ("webm", "libvpx-vp9"), ("avi", "mpeg4"), ("flv", "flv")):
        for size in ("160x120", "322x182"):
            for n, sound in enumerate(([], ["-an"])):
                ffmpeg(f"{kind}-{size}-{n}.{name}", "-c:v", codec, *sound, *extra, size=size)
    for flags in ("faststart", "use_metadata_tags", "frag_keyframe+empty_moov"):
        ffmpeg(f"{kind}-{flags.replace('+', '-')}.mp4", "-movflags", flags, *extra)
    ffmpeg(f"{kind}.ogv", "-c:v", "libtheora", "-c:a", "libvorbis", *extra)
    ffmpeg(f"{kind}-index.flv", "-flvflags", "add_keyframe_index", *extra)

try:
    import PIL.Image

    picture = PIL.Image.radial_gradient("L").resize((173, 131))
    forms = {"gray": picture, "rgb": picture.convert("RGB"), "rgba": picture.convert("RGBA"), "palette": picture.convert("P")}
    for form, image in forms.items():
        for name, options in (
            ("png", {}), ("jpg", {"quality": 80}), ("webp", {}), ("gif", {}), ("tif", {}), ("tiff", {"compression": "tiff_lzw"}), ("avif", {}), ("heic", {}),
        ):
            if name == "heic":
                try:
                    import pillow_heif

                    pillow_heif.register_heif_opener()
                except ImportError:
                    continue
            for kind in ("bare", "exif"):
                more = dict(options)
                if kind == "exif":
                    exif = PIL.Image.Exif()
                    exif[0x010F], exif[0x010E] = "Invented", "a picture"
                    more["exif"] = exif.tobytes()
                try:
                    image.save(path(f"{form}-{kind}.{name}"), **more)
                    made += 1
                except (OSError, ValueError, KeyError):
                    pass
    rgb = forms["rgb"]
    for n, options in enumerate(({"progressive": True}, {"optimize": True}, {"subsampling": 0}, {"restart_marker_blocks": 4})):
        rgb.save(path(f"variant-{n}.jpg"), quality=85, **options)
        made += 1
    frames = [rgb.rotate(20 * n) for n in range(4)]
    for name in ("gif", "webp", "png"):
        frames[0].save(path(f"moves.{name}"), save_all=True, append_images=frames[1:], duration=80)
        made += 1
    rgb.save(path("lossless.webp"), lossless=True)
    made += 1
except ImportError:
    print("note: no Pillow, so no pictures", file=sys.stderr)

try:
    import docx, openpyxl, pptx

    for n in range(4):
        document = docx.Document()
        document.add_heading(f"题 {n}")
        document.add_paragraph("正文。" * (n + 1))
        document.save(path(f"{n}.docx"))
        book = openpyxl.Workbook()
        book.active["A1"] = f"值 {n}"
        book.save(path(f"{n}.xlsx"))
        slides = pptx.Presentation()
        slides.slides.add_slide(slides.slide_layouts[0]).shapes.title.text = f"题 {n}"
        slides.save(path(f"{n}.pptx"))
        made += 3
except ImportError:
    print("note: no python-docx, openpyxl or python-pptx", file=sys.stderr)

try:
    from odf.opendocument import OpenDocumentSpreadsheet, OpenDocumentText
    from odf.text import P

    for n in range(3):
        document = OpenDocumentText()
        document.text.addElement(P(text=f"正文 {n}"))
        document.save(path(f"{n}.odt"))
        OpenDocumentSpreadsheet().save(path(f"{n}.ods"))
        made += 2
except ImportError:
    print("note: no odfpy", file=sys.stderr)

try:
    import pikepdf

    for n, mode in enumerate(("disable", "generate", "preserve")):
        for linearize in (False, True):
            pdf = pikepdf.new()
            pdf.add_blank_page()
            pdf.docinfo["/Title"] = f"题 {n}"
            pdf.save(path(f"{n}-{linearize}.pdf"), object_stream_mode=getattr(pikepdf.ObjectStreamMode, mode), linearize=linearize)
            made += 1
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.save(path("locked.pdf"), encryption=pikepdf.Encryption(owner="o", user="u"))
    pdf.save(path("open.pdf"), encryption=pikepdf.Encryption(owner="o", user=""))
    made += 2
except ImportError:
    print("note: no pikepdf", file=sys.stderr)

try:
    from ebooklib import epub

    for n in range(3):
        book = epub.EpubBook()
        book.set_identifier(f"invented-{n}")
        book.set_title(f"题 {n}")
        chapter = epub.EpubHtml(title="章", file_name="a.xhtml", content=f"<h1>章</h1><p>正文 {n}</p>")
        book.add_item(chapter)
        book.add_item(epub.EpubNcx())
        book.spine, book.toc = [chapter], [chapter]
        epub.write_epub(path(f"{n}.epub"), book)
        made += 1
except ImportError:
    print("note: no ebooklib", file=sys.stderr)

NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
for n in range(3):
    parts = {
        "OFD.xml": f'<ofd:OFD {NAMESPACE} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>{n}</ofd:DocID>'
        f"<ofd:Title>题 {n}</ofd:Title></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f'<ofd:Document {NAMESPACE}><ofd:CommonData><ofd:MaxUnitID>9</ofd:MaxUnitID></ofd:CommonData>'
        '<ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>',
        "Doc_0/Pages/Page_0/Content.xml": f'<ofd:Page {NAMESPACE}><ofd:Content><ofd:Layer ID="2"><ofd:TextObject ID="3" '
        f'Boundary="0 0 99 9" Font="4" Size="5"><ofd:TextCode X="0" Y="5">正文 {n}</ofd:TextCode></ofd:TextObject></ofd:Layer>'
        "</ofd:Content></ofd:Page>",
    }
    with zipfile.ZipFile(path(f"{n}.ofd"), "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>\n{content}')
    made += 1

for n in range(6):
    body = "正文。\n\n" * (n + 1)
    text(f"{n}.md", f"# 题 {n}\n\n{body}")
    text(f"matter-{n}.md", f"---\ntitle: 题 {n}\ntags: [a, b]\n---\n\n{body}")
    text(f"{n}.html", f"<!DOCTYPE html>\n<html><head><title>题</title></head><body><p>正文 {n}</p></body></html>\n")
    text(f"bare-{n}.html", f"<p>正文 {n}</p>\n")
    text(f"{n}.svg", f"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text>题 {n}</text></svg>\n")
text("gbk.md", "---\ntitle: 一键标题\n---\n\n正文。\n", "gbk")
text("rule.md", "---\n\n一行\n\n---\n\n正文\n")
print(f"{made} files were made in {folder}")
