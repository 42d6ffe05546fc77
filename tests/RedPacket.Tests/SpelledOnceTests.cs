using System.Text.RegularExpressions;

namespace RedPacket.Tests;

/// <summary>
/// A fact that several rooms rely on is spelled in one C# file: the type that owns it. Examples in raw strings do not count.
/// Lua cannot share text with C#, so a script may spell the fact once more. The owner's comment names these scripts.
/// </summary>
public sealed partial class SpelledOnceTests
{
    /// <summary>What is spelled, as a regular expression, and the files that may spell it.</summary>
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
        { @"""(?:emptied|expired)""", ["Packets/Redis/PacketState.cs"] },
        { @"""(?:up|down)""", ["Operations/LiveReader.cs"] },
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
}
