using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Traffic;

namespace RedPacket.LoadTest.Runs;

/// <summary>Grabs that had no final answer are asked again, as their users would: then it is known whether they won.</summary>
internal sealed class OpenCalls(RunEnvironment scene)
{
    /// <summary>Failures in a row after which it is no use.</summary>
    private const int Enough = 20;
    private readonly byte[] _user = new byte[256];

    /// <summary>Asks for at most so many. Returns how many have a final answer now.</summary>
    public async Task<int> AskAgain(int most)
    {
        var open = scene.Record.Open.Distinct().ToArray();
        var still = new List<Ask>(open.Skip(most));
        var (answered, inRow) = (0, 0);
        foreach (var ask in open.Take(most))
        {
            if (inRow < Enough && await IsFinal(ask))
                (answered, inRow) = (answered + 1, 0);
            else
            {
                inRow++;
                still.Add(ask);
            }
        }
        scene.Record.KeepOpen(still);
        return answered;
    }

    private async Task<bool> IsFinal(Ask ask)
    {
        if (await scene.Api.Grab(scene.Packets.IdText(ask.Packet)!, scene.Callers.Fields(ask.User), CancellationToken.None) is not (200, var body, _))
            return false;
        var length = scene.Callers.WriteName(ask.User, _user);
        if (GrabReply.Read(body, scene.Packets.Id(ask.Packet), _user.AsSpan(0, length), out var answer) is { } wrong)
        {
            scene.Failures.Add($"asked again: {wrong}", body);
            return false;
        }
        if (answer.Outcome == RequestOutcome.Won)
            scene.Record.Add(new Win(ask.Packet, ask.User, answer.Ordinal, answer.Fen));
        return true;
    }
}
