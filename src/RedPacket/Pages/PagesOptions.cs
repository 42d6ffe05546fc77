using RedPacket.Hosting;

namespace RedPacket.Pages;

/// <summary>Section <c>Pages</c>.</summary>
[Section("Pages")]
internal sealed class PagesOptions
{
    /// <summary>
    /// True when the calls of the subscribers answer at the address of the pages too, for example because a proxy sends them
    /// there. Pages then show a user's news.
    /// </summary>
    public bool Subscribers { get; set; }
}
