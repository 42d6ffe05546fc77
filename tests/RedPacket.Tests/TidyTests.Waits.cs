namespace RedPacket.Tests;

/// <summary>How tests wait.</summary>
public sealed partial class TidyTests
{
    /// <summary>The one place to wait; a load client, which paces itself as users do; and the list of what is not allowed.</summary>
    private static readonly string[] s_mayWait = ["Eventually.cs", "LoadClient.cs", "TidyTests.Waits.cs"];

    /// <summary>A load that stalls its service, an answer that comes late, and pictures that are taken by hand.</summary>
    private static readonly string[] s_mayPause = ["LoadRunTests.cs", "MyPagesTests.cs", "PicturesTests.cs", "TidyTests.Waits.cs"];

    [Fact]
    public void Tests_WaitOnConditionsOnly()
    {
        var breaches = from file in SourceTree.Files("tests", "*.cs")
                       where !s_mayWait.Contains(Path.GetFileName(file.RelativePath))
                       from word in new[] { "Thread.Sleep", "Task.Delay(" }
                       where file.Code.Contains(word, StringComparison.Ordinal)
                       select $"{file.RelativePath}: {word} (wait with Eventually)";
        var pauses = from file in SourceTree.Files("tests/RedPacket.Tests", "*.cs")
                     where !s_mayPause.Contains(Path.GetFileName(file.RelativePath))
                         && file.Code.Contains("Eventually.Pause(", StringComparison.Ordinal)
                     select $"{file.RelativePath}: Eventually.Pause (wait for a condition)";
        AssertNone(breaches.Concat(pauses));
    }
}
