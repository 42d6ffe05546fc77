namespace RedPacket.Tests.Subscribers;

/// <summary>The page for people who add a subscriber shows the class that the tests run.</summary>
public sealed class SubscribersReadmeTests
{
    private static readonly string s_page = File.ReadAllText(SourceTree.At("src/RedPacket.Subscribers/README.md"));

    [Fact]
    public void Example_IsTheClassOfTheTests_AndShort()
    {
        var example = File.ReadAllText(SourceTree.At("tests/RedPacket.Tests/Subscribers/EarningsRoom.cs")).TrimEnd();

        Assert.Contains($"```csharp\n{example}\n```", s_page, StringComparison.Ordinal);
        Assert.InRange(example.Split('\n').Length, 1, 60);
    }
}
