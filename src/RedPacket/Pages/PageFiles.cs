using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace RedPacket.Pages;

/// <summary>The files of the pages, read once at start. Nothing else is served, whatever the path says.</summary>
internal sealed class PageFiles
{
    /// <summary>The kinds of files that are served. Licences are plain text.</summary>
    private static readonly FrozenDictionary<string, string> s_types = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".mjs"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".txt"] = "text/plain; charset=utf-8",
    }.ToFrozenDictionary();

    private readonly FrozenDictionary<string, PageFile> _files;

    public PageFiles() =>
        _files = Read(Path.Combine(AppContext.BaseDirectory, "Pages", "wwwroot"))
            .ToFrozenDictionary(file => file.Name, StringComparer.Ordinal);

    /// <summary>By its path below wwwroot, with slashes; null when there is none.</summary>
    public PageFile? Find(string name) => _files.GetValueOrDefault(name);

    private static IEnumerable<PageFile> Read(string folder) =>
        from path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        where s_types.ContainsKey(Path.GetExtension(path))
        let content = File.ReadAllBytes(path)
        let tag = Convert.ToHexString(SHA256.HashData(content).AsSpan(0, 12))
        let name = Path.GetRelativePath(folder, path).Replace('\\', '/')
        select new PageFile(name, content, s_types[Path.GetExtension(path)], new EntityTagHeaderValue($"\"{tag}\""));
}

/// <summary>One file, with the tag by which a browser asks whether it has changed.</summary>
internal sealed record PageFile(string Name, byte[] Content, string MediaType, EntityTagHeaderValue Tag);
