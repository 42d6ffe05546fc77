namespace RedPacket.Drills.Run;

/// <summary>
/// A caller behind a load balancer that tries the next process when one does not answer. One retry must be enough.
/// </summary>
internal sealed class Balancer(Cluster cluster) : IDisposable
{
    public const string User = "patient";
    private const int Tries = 2;
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(10);
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(5) };

    /// <summary>Asks for the same share until stopped. Throws when the first retry of a call gets no answer.</summary>
    public async Task Run(string packetId, CancellationToken stop)
    {
        var grabbing = cluster.WithRole("grab");
        for (var call = 0; !stop.IsCancellationRequested; call++)
        {
            List<string> answers = [];
            while (answers.Count < Tries && (answers.Count == 0 || answers[^1] != "200"))
                answers.Add(await Ask(grabbing[(call + answers.Count) % grabbing.Count], packetId));
            Assert.True(answers[^1] == "200", $"call {call} was answered {string.Join(", then ", answers)}");
            await Eventually.Pause(s_pace);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<string> Ask(ServiceProcess process, string packetId)
    {
        using var request = cluster.Request(process, HttpMethod.Post, $"/api/v1/packets/{packetId}/grabs", User);
        try
        {
            using var response = await _client.SendAsync(request);
            return ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or IOException)
        {
            return exception.Message;
        }
    }
}
