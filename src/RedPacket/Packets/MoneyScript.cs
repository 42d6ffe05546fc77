using System.Security.Cryptography;
using System.Text;

namespace RedPacket.Packets;

/// <summary>
/// A script that moves money. It is called by its hash only, and its text holds the nonce of the run it belongs to: a Redis that was
/// restarted, restored or promoted does not know the hash (NOSCRIPT means not executed), and one that was flushed has lost the nonce.
/// Either way nothing is dealt until the gate has compared Redis with the ledger and opened a new run.
/// </summary>
internal sealed class MoneyScript
{
    public static readonly MoneyScript Create = new("create.lua");
    public static readonly MoneyScript Grab = new("grab.lua");
    public static readonly MoneyScript Close = new("close.lua");
    public static readonly MoneyScript PutBack = new("putback.lua");
    public static readonly MoneyScript Remember = new("remember.lua");

    /// <summary>All of them: what the gate loads when it opens a shard.</summary>
    public static readonly IReadOnlyList<MoneyScript> All = [Create, Grab, Close, PutBack, Remember];

    private readonly string _body;

    private MoneyScript(string resource)
    {
        Name = resource;
        _body = ReadText(resource);
    }

    /// <summary>The file's name, for logs.</summary>
    public string Name { get; }

    /// <summary>The text as Redis gets it in the given run.</summary>
    public string TextFor(string run) => $"local RUN = '{run}'\n{_body}";

    /// <summary>The SHA-1 of that text, by which it is called.</summary>
    public byte[] HashFor(string run) => SHA1.HashData(Encoding.UTF8.GetBytes(TextFor(run)));

    /// <summary>The text of an embedded script.</summary>
    public static string ReadText(string resource)
    {
        using var stream = typeof(MoneyScript).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The script {resource} is not embedded in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
