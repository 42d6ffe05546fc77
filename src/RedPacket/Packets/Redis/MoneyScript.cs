using System.Security.Cryptography;
using System.Text;

namespace RedPacket.Packets;

/// <summary>
/// A script that moves money. It is called by its hash only, and its text begins with the nonce of the run that it belongs to.
/// A Redis that was restarted, restored or promoted does not know the hash (NOSCRIPT means not executed). One that was flushed has lost the
/// nonce. Either way no share is granted until the gate has compared Redis with the ledger and opened a new run.
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

    /// <summary>The only answer of each of them when its run is not the open one. Nothing was changed.</summary>
    public const string Shut = "shut";

    private readonly ScriptFile _file;

    private MoneyScript(string file) => _file = new ScriptFile(file);

    /// <summary>The file's name, for logs.</summary>
    public string Name => _file.Name;

    /// <summary>The text as Redis gets it in the given run.</summary>
    public string TextFor(string run) => $"local RUN = '{run}'\n{_file.Text}";

    /// <summary>The SHA-1 of that text, by which it is called.</summary>
    public byte[] HashFor(string run) => SHA1.HashData(Encoding.UTF8.GetBytes(TextFor(run)));

    /// <summary>The error for a word that the caller does not know.</summary>
    public InvalidOperationException Unknown(string? word) => _file.Unknown(word);
}
