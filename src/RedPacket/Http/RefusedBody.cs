using Microsoft.AspNetCore.Connections.Features;

namespace RedPacket.Http;

/// <summary>
/// What is still to come of a body whose request was refused. Many clients read no answer before they have written all of their request; where the server
/// closes before that, they are told of a reset connection in place of the refusal. So the answer is sent, and the rest is taken and thrown away, within bounds.
/// </summary>
internal static class RefusedBody
{
    /// <summary>Bytes. Whoever sends more may find the connection closed.</summary>
    public const long Longest = 16 * 1024 * 1024;

    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(5);

    /// <summary>Sends the answer and takes the rest of the body.</summary>
    /// <param name="body">The body as the server gives it, without the limit of the endpoints.</param>
    /// <param name="clock">Whose clock the wait is measured by.</param>
    /// <param name="stopping">Ends the wait.</param>
    public static async Task TakeRest(HttpContext context, Stream body, TimeProvider clock, CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(s_longestWait, clock);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping, context.RequestAborted);
        try
        {
            await context.Response.CompleteAsync();
            await body.CopyToAsync(Stream.Null, until.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // Too slow, too long, broken off, or no body at all: the answer is on its way, and the server closes the connection.
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }
    }
}
