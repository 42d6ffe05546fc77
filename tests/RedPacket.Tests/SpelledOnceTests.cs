using System.Text.RegularExpressions;

namespace RedPacket.Tests;

/// <summary>
/// A fact that several rooms rely on is spelled in one C# file: the type that owns it. Examples in raw strings do not
/// count. Lua cannot share text with C#, so a script may spell the fact once more. The owner's comment names these
/// scripts.
/// </summary>
public sealed partial class SpelledOnceTests
{
    /// <summary>The spelling as a regular expression, and the files that may contain it.</summary>
    public static TheoryData<string, string[]> Facts => new()
    {
        { @"""[uo]:", ["Packets/Redis/PacketFields.cs"] },
        { @"""(?:expiry|refunds|grabsFen)""", ["Packets/Redis/PacketFields.cs"] },
        // No field of a hash goes by its bare name.
        { @"Hash(?:Get|Set|Exists|Delete|Increment)\w*\([^;]*""", [] },
        // A claim: ordinal, fen, time.
        { @"\{\w*\.?Ordinal\} \{\w*\.?AmountFen\} \{", ["Packets/Redis/Claim.cs"] },
        // "open" and "closed" are a packet's state and its field; the live numbers say them of gates.
        { @"""open""", ["Operations/LiveReader.cs", "Packets/Redis/PacketState.cs"] },
        { @"""closed""", ["Operations/LiveReader.cs", "Packets/Redis/PacketFields.cs"] },
        { @"(?<!\()""(?:emptied|expired)""(?!\))", ["src/RedPacket.Subscribers/Notifications/Inbox.cs", "Packets/Redis/PacketState.cs"] },
        { @"""(?:up|down)""", ["Operations/LiveReader.cs"] },
        // The answer of a script while the gate is shut.
        { @"""shut""", ["Packets/Redis/MoneyScript.cs"] },
        { @"SetMembersAsync\(|PacketKeys\.Shards", ["Packets/Redis/Shards.cs"] },
        { @"""TIME""|time\.lua", ["Packets/Redis/RedisClock.cs"] },
        { @"RedisException or TimeoutException", ["Hosting/RedisOutage.cs"] },
        // Answers are written and read by the context called Readable. The Default of these spells their members
        // otherwise.
        { @"\b(?:Operations|Reports|Wallets|Repairs|Feed|PacketAnswers)Json\.Default\b", [] },
        // A time on the wire.
        { @"yyyy-MM-dd", ["Http/WireTime.cs"] },
        // The limit of a body.
        { @"\b8 \* 1024|\b8192\b", ["Http/HttpOptions.cs"] },
        // The headers of a call that is asked again.
        { @"""Idempoten(?:cy-Key|t-Replayed)""", ["Http/IdempotencyHeaders.cs"] },
        // A lane, as traces and counters name it.
        { @"""slow""", ["Outbox/OutboxTelemetry.cs"] },
        // The form of ids, in words.
        { @"A-Z a-z 0-9", ["UserId.cs"] },
        { @"<shard>-<32", ["Http/EdgeProblems.cs"] },
        // Nobody makes another meter or trace source than those in Hosting/Instrumentation.cs.
        { @"new(?: Meter| ActivitySource)?\(""RedPacket""\)|new (?:Meter|ActivitySource)\(", [] },
        // A fence.
        { @"""x ", ["Messages/Fence.cs"] },
        // A pause that doubles.
        { @"Math\.Pow\(2,|\.Ticks (?:\* 2|<<)", ["Hosting/Backoff.cs"] },
        // Background services share the loop in Hosting/Loop.cs.
        { @"stoppingToken\.IsCancellationRequested", [] },
    };

    [GeneratedRegex(@"(""""""+)[\s\S]*?\1")]
    private static partial Regex RawString();

    [Theory]
    [MemberData(nameof(Facts))]
    public void Fact_IsSpelledByItsOwnerOnly(string spelling, string[] owners)
    {
        var spelled = from file in SourceTree.Files("src", "*.cs")
                      where Regex.IsMatch(RawString().Replace(file.Code, ""), spelling)
                      select file.RelativePath.Replace("src/RedPacket/", "", StringComparison.Ordinal);
        Assert.Equal(owners, spelled);
    }

    [Fact]
    public void Lua_IsInLuaFilesOnly() =>
        Assert.Empty(SourceTree.Files("src/RedPacket", "*.cs").Where(file => file.Code.Contains("redis.call", StringComparison.Ordinal))
            .Select(file => file.RelativePath));
}
