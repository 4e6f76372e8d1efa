//! The formats in Chinese.

use super::Container;

impl Container {
    /// Its name in Chinese.
    pub fn name_in_chinese(self) -> &'static str {
        if self == Self::Office {
            "Office 文档"
        } else if self == Self::Side {
            "旁置标识文件"
        } else {
            self.name()
        }
    }

    /// Where a label is written in it, in Chinese.
    pub fn place_in_chinese(self) -> &'static str {
        match self {
            Self::Png => "iTXt 数据块中的 XMP，属性 TC260:AIGC",
            Self::Jpeg => "APP1 段中的 XMP，属性 TC260:AIGC",
            Self::WebP => "XMP 数据块，属性 TC260:AIGC",
            Self::Gif => "应用程序扩展块中的 XMP，属性 TC260:AIGC",
            Self::Tiff => "标签 700 中的 XMP，属性 TC260:AIGC",
            Self::Heif => "含 XMP 的条目，属性 TC260:AIGC",
            Self::Mp4 => "moov.udta.meta，键 AIGC",
            Self::Matroska => "Tags，SimpleTag AIGC",
            Self::Avi => "LIST INFO，条目 AIGC",
            Self::Flv => "onMetaData，条目 AIGC",
            Self::Wav => "数据块 AIGC",
            Self::Mp3 => "ID3v2 的 TXXX 帧，描述为 AIGC",
            Self::Flac | Self::Ogg => "注释 AIGC",
            Self::Pdf => "文档信息字典，条目 /AIGC",
            Self::Office => "docProps/custom.xml，属性 AIGC",
            Self::Odf => "meta.xml，属性 AIGC",
            Self::Ofd => "OFD.xml，自定义数据 AIGC",
            Self::Epub => "包文档，元数据 AIGC",
            Self::Svg => "metadata 中的 XMP，属性 TC260:AIGC",
            Self::Html => "head 中的 meta AIGC",
            Self::Markdown => "文首元数据，AIGC",
            Self::Side => "整个文件",
        }
    }
}
