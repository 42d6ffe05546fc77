using RedPacket.Subscribers;

namespace RedPacket.Tests.Subscribers;

/// <summary>The command line of RedPacket.Subscribers.</summary>
public sealed class RoomArgumentsTests
{
    [Theory]
    [InlineData("", "notifications statistics risk", false, false, "")]
    [InlineData("statistics --from start", "statistics", false, false, "")]
    [InlineData("risk notifications --from=now --urls http://localhost:1", "notifications risk", true, false, "--urls http://localhost:1")]
    [InlineData("--Subscribers:Store=x --again", "notifications statistics risk", false, true, "--Subscribers:Store=x")]
    public void Words_AreRoomsOptionsAndSettings(string line, string rooms, bool fromNow, bool again, string settings)
    {
        var read = Read(line);

        Assert.Equal(
            (rooms, fromNow, again, settings, null),
            (string.Join(' ', read.Rooms.Select(room => room.Name)), read.Start.FromNow, read.Start.Again, string.Join(' ', read.Settings),
                read.Mistake));
    }

    [Theory]
    [InlineData("statistcs", "no room statistcs; did you mean statistics? The rooms are notifications, statistics, risk.")]
    [InlineData("statistics x", "no room x. The rooms are notifications, statistics, risk.")]
    [InlineData("--from yesterday", "--from takes start or now; it was 'yesterday'.")]
    [InlineData("--from=", "--from takes start or now; it was ''.")]
    [InlineData("--from", "--from takes start or now; it was '--from'.")]
    public void WrongWords_AreRefused(string line, string mistake) => Assert.Equal(mistake, Read(line).Mistake);

    [Fact]
    public void Rooms_HaveNamesThatTheServiceTakes() =>
        Assert.All(Rooms.All.Append(new EarningsRoom()), room => Assert.Matches("^[a-z0-9-]{1,40}$", room.Name));

    private static RoomArguments Read(string line) => RoomArguments.Read(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
