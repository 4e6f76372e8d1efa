//! Marks that people read in documents: a paragraph in DOCX, a box on each slide of PPTX.

use super::Container;
use super::zip::Archive;
use crate::edits::Edits;
use crate::error::LabelError;
use crate::source::{Source, wide};
use crate::xml::{self, Node, XmlProblem, escape, local};

const DOCUMENT: &str = "word/document.xml";
const SLIDES: &str = "ppt/slides/slide";
const REPAIR: &str = "save the document again with the program that made it";
/// The name of the box on a slide, by which it is known again.
const BOX: &str = "AIGC";
const DRAWING: &str = "http://schemas.openxmlformats.org/drawingml/2006/main";
const PRESENTATION: &str = "http://schemas.openxmlformats.org/presentationml/2006/main";

/// Where in a document a mark stands.
#[derive(Clone, Copy)]
pub(crate) struct Places {
    pub(crate) start: bool,
    pub(crate) end: bool,
}

/// The changes that set a mark; nothing where it is there already and was not asked for `again`.
pub(crate) fn office(
    source: &mut Source<'_>,
    mark: &str,
    places: Places,
    again: bool,
) -> Result<Option<Edits>, LabelError> {
    let archive = Archive::read(source)?;
    let slide = |name: &str| {
        let number = name.strip_prefix(SLIDES).and_then(|rest| rest.strip_suffix(".xml"));
        number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let mut names: Vec<&str> =
        archive.entries.iter().map(|entry| entry.name.as_str()).filter(|name| slide(name)).collect();
    let is_text = archive.entry(DOCUMENT).is_some();
    if is_text {
        names = vec![DOCUMENT];
    }
    if names.is_empty() {
        return Err(LabelError::Unsupported {
            container: Container::Office,
            what: "it is neither a text nor a presentation".to_owned(),
            fix: "put the mark into it with the program that made it",
        });
    }
    let mut parts = Vec::new();
    for name in names {
        let text = archive.text(source, name)?.unwrap_or_default();
        let new = if is_text { paragraphs(&text, mark, places, again) } else { on_slide(&text, mark, again) };
        let new = new.map_err(|problem| {
            source.broken(0, format!("part `{name}` at its byte {}: {}", problem.at, problem.what), REPAIR)
        })?;
        parts.extend(new.map(|new| (name, new)));
    }
    if parts.is_empty() { Ok(None) } else { archive.edits(source, &parts).map(Some) }
}

fn missing(what: &str) -> XmlProblem {
    XmlProblem { at: 0, what: what.to_owned() }
}

/// The text of everything within an element.
fn words(text: &str, nodes: &[Node], around: &Node) -> String {
    let within = nodes.iter().filter(|node| around.from <= node.from && node.to <= around.to && node.local() == "t");
    within.map(|node| node.text(text)).collect()
}

/// A text document with the mark as a paragraph at its start or its end.
fn paragraphs(text: &str, mark: &str, places: Places, again: bool) -> Result<Option<Vec<u8>>, XmlProblem> {
    let nodes = xml::nodes(text)?;
    let body = nodes.iter().position(|node| node.local() == "body").ok_or_else(|| missing("it has no body"))?;
    let of_body = |name: &'static str| {
        let own = nodes.iter().filter(move |node| node.parent == Some(body));
        own.filter(move |node| node.local() == name)
    };
    let has = |paragraph: Option<&Node>| paragraph.is_some_and(|node| words(text, &nodes, node).trim() == mark);
    let body = nodes.get(body).ok_or_else(|| missing("it has no body"))?;
    let prefix = body.name.strip_suffix("body").unwrap_or_default();
    let paragraph = format!(
        "<{prefix}p><{prefix}pPr><{prefix}jc {prefix}val=\"center\"/></{prefix}pPr><{prefix}r><{prefix}t>{}</{prefix}t></{prefix}r></{prefix}p>",
        escape(mark)
    );
    let mut edits = Edits::default();
    if body.is_empty_tag(text) {
        xml::insert_into(text, body, &paragraph, &mut edits);
        return Ok(Some(edits.apply_to(text.as_bytes())));
    }
    if places.start && (again || !has(of_body("p").next())) {
        edits.insert(wide(body.inner_from), paragraph.clone().into_bytes());
    }
    if places.end && (again || !has(of_body("p").next_back())) {
        // What describes the last section stands behind its paragraphs.
        let at = of_body("sectPr").next_back().map_or(body.inner_to, |section| section.from);
        edits.insert(wide(at), paragraph.into_bytes());
    }
    Ok((edits.n_new() > 0).then(|| edits.apply_to(text.as_bytes())))
}

/// A slide with the mark in a box at its top left.
fn on_slide(text: &str, mark: &str, again: bool) -> Result<Option<Vec<u8>>, XmlProblem> {
    let nodes = xml::nodes(text)?;
    let tree = nodes.iter().find(|node| node.local() == "spTree").ok_or_else(|| missing("it has no tree of shapes"))?;
    let names = || nodes.iter().filter(|node| node.local() == "cNvPr");
    let own = names().find(|node| node.attribute("name") == Some(BOX)).and_then(|node| node.parent);
    let own = own.and_then(|parent| nodes.get(parent)?.parent).and_then(|shape| nodes.get(shape));
    if !again && own.is_some_and(|shape| local(&shape.name) == "sp" && words(text, &nodes, shape) == mark) {
        return Ok(None);
    }
    let ids = names().filter_map(|node| node.attribute("id")?.parse::<u32>().ok());
    let id = ids.max().unwrap_or_default().saturating_add(1);
    let shape = format!(
        "<p:sp xmlns:p=\"{PRESENTATION}\" xmlns:a=\"{DRAWING}\"><p:nvSpPr><p:cNvPr id=\"{id}\" name=\"{BOX}\"/><p:cNvSpPr txBox=\"1\"/>\
         <p:nvPr/></p:nvSpPr><p:spPr><a:xfrm><a:off x=\"91440\" y=\"91440\"/><a:ext cx=\"2743200\" cy=\"457200\"/></a:xfrm>\
         <a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom><a:solidFill><a:srgbClr val=\"FFFFFF\"/></a:solidFill></p:spPr>\
         <p:txBody><a:bodyPr wrap=\"none\"><a:spAutoFit/></a:bodyPr><a:lstStyle/><a:p><a:r><a:rPr lang=\"zh-CN\" sz=\"2400\">\
         <a:solidFill><a:srgbClr val=\"000000\"/></a:solidFill></a:rPr><a:t>{}</a:t></a:r></a:p></p:txBody></p:sp>",
        escape(mark)
    );
    let mut edits = Edits::default();
    // A list of extensions is the last thing in a tree.
    let index = nodes.iter().position(|node| std::ptr::eq(node, tree));
    let last = nodes.iter().find(|node| node.local() == "extLst" && node.parent == index && index.is_some());
    match last {
        Some(last) => edits.insert(wide(last.from), shape.into_bytes()),
        None => xml::insert_into(text, tree, &shape, &mut edits),
    }
    Ok(Some(edits.apply_to(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Places = Places { start: true, end: false };
    const BOTH: Places = Places { start: true, end: true };

    fn text(bytes: Option<Vec<u8>>) -> String {
        String::from_utf8(bytes.unwrap()).unwrap()
    }

    #[test]
    fn a_document_gets_its_paragraphs_once() {
        let page =
            "<w:document xmlns:w='w'><w:body><w:p><w:r><w:t>文</w:t></w:r></w:p><w:sectPr/></w:body></w:document>";
        let once = text(paragraphs(page, "（AI生成）", BOTH, false).unwrap());
        let own = "<w:p><w:pPr><w:jc w:val=\"center\"/></w:pPr><w:r><w:t>（AI生成）</w:t></w:r></w:p>";
        let expected = format!("<w:body>{own}<w:p><w:r><w:t>文</w:t></w:r></w:p>{own}<w:sectPr/></w:body>");
        assert!(once.contains(&expected), "{once}");
        assert!(paragraphs(&once, "（AI生成）", BOTH, false).unwrap().is_none());
        let twice = text(paragraphs(&once, "（AI生成）", BOTH, true).unwrap());
        assert_eq!(twice.matches("（AI生成）").count(), 4, "{twice}");
        let bare = text(paragraphs("<document><body/></document>", "（AI生成）", START, false).unwrap());
        assert!(bare.contains("<body><p>") && bare.ends_with("</p></body></document>"), "{bare}");
        assert!(paragraphs("<w:document/>", "（AI生成）", START, false).is_err());
    }

    #[test]
    fn a_slide_gets_its_box_once() {
        let slide = "<p:sld xmlns:p='p'><p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id='7' name=''/></p:nvGrpSpPr><p:extLst/></p:spTree></p:cSld></p:sld>";
        let once = text(on_slide(slide, "AI生成", false).unwrap());
        assert!(once.contains("id=\"8\" name=\"AIGC\"") && once.contains("</p:sp><p:extLst/>"), "{once}");
        assert!(on_slide(&once, "AI生成", false).unwrap().is_none());
        assert!(on_slide(&once, "AI生成", true).unwrap().is_some());
    }
}
