using RedPacket.Hosting;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// A script that moves money, or looks whether it may be moved. It begins with <c>seal.lua</c>: on a Redis that was
/// restarted, restored, promoted or flushed since its gate was opened it changes nothing, whatever this process
/// believes.
/// </summary>
internal sealed class MoneyScript : ScriptFile
{
    public static readonly MoneyScript Create = new("create.lua");
    public static readonly MoneyScript Grab = new("grab.lua");
    public static readonly MoneyScript Winners = new("winners.lua");
    public static readonly MoneyScript Close = new("close.lua");
    public static readonly MoneyScript Archive = new("archive.lua");
    public static readonly MoneyScript PutBack = new("putback.lua");
    public static readonly MoneyScript Correcting = new("correcting.lua");
    public static readonly MoneyScript Remember = new("remember.lua");
    public static readonly MoneyScript Adopt = new("adopt.lua");
    public static readonly MoneyScript Install = new("install.lua");
    public static readonly MoneyScript Peek = new("peek.lua");
    public static readonly MoneyScript Evidence = new("evidence.lua");

    /// <summary>
    /// Their word for a packet that was not compared since the gate was opened. Nothing of it was changed.
    /// </summary>
    public const string Unchecked = "unchecked";

    /// <summary>
    /// The answer of scripts that take the ledger's run, where Redis is in another one. Nothing was changed.
    /// </summary>
    public const string Ended = "ended";

    private const string Shut = "shut";

    /// <summary>Why nothing of a Redis is believed that is not in the ledger's run.</summary>
    public static OutageException NotInTheRun(int shard) =>
        new(Outage.Gate, $"This Redis is not in the run of shard {shard} that the ledger records.");

    private MoneyScript(string file)
        : base(file, asksTheSeal: true)
    {
    }

    /// <summary>True for the only answer of each of them while the gate is shut. Nothing was changed.</summary>
    public static bool IsShut(RedisResult answer) => answer.Resp2Type == ResultType.Array
        ? answer.Length == 1 && (string?)answer[0] == Shut
        : (string?)answer == Shut;
}
