using System.Diagnostics;

namespace RedPacket.Servers;

/// <summary>A private folder under the system's temporary one, gone when disposed.</summary>
public sealed class Folder : IDisposable
{
    /// <summary>Makes <c>redpacket-tests/&lt;name&gt;-&lt;random&gt;</c>.</summary>
    public Folder(string name)
    {
        Root = Path.Combine(Path.GetTempPath(), "redpacket-tests", $"{name}-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Root);
    }

    /// <summary>The folder's full path.</summary>
    public string Root { get; }

    /// <summary>A path in the folder.</summary>
    public string File(string name) => Path.Combine(Root, name);

    public void Dispose()
    {
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (IOException exception)
        {
            // A server that is being killed may still write. The folder is a temporary one, so the rest does no harm.
            Trace.TraceInformation($"{Root} not removed: {exception.Message}");
        }
    }
}
