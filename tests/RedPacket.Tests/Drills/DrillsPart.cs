using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace RedPacket.Tests.Drills;

/// <summary>
/// The part of the drills that one run plays. All drills take half an hour on two cores.
/// <c>DRILLS_PART=3/7</c> is the third of seven parts.
/// By default the commit determines the part, so every run of a commit plays the same part. Each part plays some
/// drills.
/// </summary>
internal sealed record DrillsPart(int Part, int Parts)
{
    private const int MaxParts = 80;

    public static DrillsPart Current { get; } = Environment.GetEnvironmentVariable("DRILLS_PART") is { Length: > 0 } part
        ? Parse(part)
        : OfCommit(Commit());

    /// <exception cref="ArgumentException">It is not a part.</exception>
    public static DrillsPart Parse(string text) =>
        text.Split('/') is [var first, var second]
        && int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var part)
        && int.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out var parts)
        && part >= 1 && part <= parts && parts <= MaxParts
            ? new DrillsPart(part, parts)
            : throw new ArgumentException($"DRILLS_PART is k/n with k from 1 to n and n at most {MaxParts}, such as 3/7. It was {text}.");

    /// <summary>The first part where there is no commit.</summary>
    public static DrillsPart OfCommit(string hash) =>
        new(
            hash.Length < 8 ? 1 : (int)(uint.Parse(hash[..8], NumberStyles.HexNumber, CultureInfo.InvariantCulture) % MaxParts) + 1,
            MaxParts);

    /// <summary>True for every so many-th place.</summary>
    public bool Has(int place) => place % Parts == Part - 1;

    private static string Commit()
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", ["-C", SourceTree.Root, "rev-parse", "HEAD"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var hash = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 ? hash : "";
        }
        catch (Win32Exception)
        {
            // Git is not installed.
            return "";
        }
    }
}
