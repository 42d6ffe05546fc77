using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Traffic;

namespace RedPacket.LoadTest.Runs;

/// <summary>
/// Repeats the grabs without a final answer, as their users would do, so that the run knows whether they won.
/// </summary>
internal sealed class OpenGrabs(RunEnvironment environment)
{
    /// <summary>Gives up after so many failures in a row.</summary>
    private const int MostFailures = 20;
    private readonly byte[] _user = new byte[256];

    /// <summary>Repeats at most so many grabs.</summary>
    public async Task AskAgain(int most)
    {
        var open = environment.Record.Open.Distinct().ToArray();
        var stillOpen = new List<Request>(open.Skip(most));
        var failuresInRow = 0;
        foreach (var request in open.Take(most))
        {
            if (failuresInRow < MostFailures && await IsFinal(request))
                failuresInRow = 0;
            else
            {
                failuresInRow++;
                stillOpen.Add(request);
            }
        }
        environment.Record.KeepOpen(stillOpen);
    }

    private async Task<bool> IsFinal(Request request)
    {
        var (packets, callers) = (environment.Packets, environment.Callers);
        var answer = await environment.Api.Grab(packets.IdText(request.Packet)!, callers.Fields(request.User), CancellationToken.None);
        if (answer is not (200, var body, _))
            return false;
        var length = callers.WriteName(request.User, _user);
        if (GrabReply.Read(body, packets.Id(request.Packet), _user.AsSpan(0, length), out var reply) is { } error)
        {
            environment.Failures.Add($"asked again: {error}", body);
            return false;
        }
        if (reply.Outcome == RequestOutcome.Won)
            environment.Record.Add(new Win(request.Packet, request.User, reply.Ordinal, reply.Fen));
        return true;
    }
}
