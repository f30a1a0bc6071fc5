using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>A chatbot on a client's website: its appearance, and the n8n workflow that answers.</summary>
public sealed class Widget : IOwned
{
    public const int NameMaxLength = 60;

    /// <summary>The note of the version with which a demo became a live widget.</summary>
    public const string ConvertedNote = "Converted from a demo";

    public Guid Id { get; private set; }
    public Guid ClientId { get; private set; }
    public string Name { get; private set; } = null!;

    /// <summary>The published config. Only publishing changes it.</summary>
    public WidgetConfig Config { get; private set; } = null!;

    /// <summary>The draft; null when there are no unpublished changes.</summary>
    public WidgetConfig? Draft { get; private set; }

    public int Version { get; private set; } = 1;

    /// <summary>The webhook URL; empty until it is connected.</summary>
    public string WebhookUrl { get; private set; } = null!;

    /// <summary>Until then it can be edited and previewed, but is not live.</summary>
    public bool IsConnected => WebhookUrl.Length > 0;

    /// <summary>The key of its visitors' session tokens, encrypted. It never leaves the server.</summary>
    public string WidgetSecret { get; private set; } = null!;

    public WebhookAuth WebhookAuth { get; private set; }
    public string? WebhookAuthName { get; private set; }
    public string? WebhookAuthSecret { get; private set; }

    /// <summary>The signing key that will replace the current one, encrypted.</summary>
    public string? WebhookNextSecret { get; private set; }

    public string? AnswerPath { get; private set; }
    public bool AnswersLater { get; private set; }
    public int TimeoutSeconds { get; private set; } = 90;

    /// <summary>Messages per day; null means the operator's default.</summary>
    public int? DailyBudget { get; set; }

    public bool? IsActive { get; private set; } = true;
    public bool? IsDemo { get; private set; } = false;
    public DateTimeOffset? ExpiresAt { get; private set; }
    public DateTimeOffset? CreatedAt { get; private set; }
    public DateTimeOffset? UpdatedAt { get; private set; }
    public DateTimeOffset? DeletionRequestedAt { get; private set; }

    /// <summary>What its editor shows: the draft, or the published config.</summary>
    public WidgetConfig Editing => Draft ?? Config;

    private Widget() { }

    /// <param name="id">Made beforehand, because the secret is sealed for this very row.</param>
    /// <param name="sealedSecret">Made and sealed.</param>
    public Widget(Guid id, string name, string webhookUrl, string sealedSecret, WidgetConfig config)
    {
        Id = id;
        Name = name;
        WebhookUrl = webhookUrl;
        WidgetSecret = sealedSecret;
        Config = config;
    }

    public bool IsAnswering(DateTimeOffset now) =>
        IsActive != false && IsConnected && (ExpiresAt is null || ExpiresAt > now);

    public void Rename(string name) => Name = name;

    public void Connect(string webhookUrl, int? timeoutSeconds = null)
    {
        WebhookUrl = webhookUrl;
        TimeoutSeconds = timeoutSeconds ?? TimeoutSeconds;
    }

    /// <param name="path">Where the answer stands in the reply; null: in the usual places.</param>
    /// <param name="later">Whether an acknowledgement will do, because the answer comes by callback.</param>
    public void ReadAnswers(string? path, bool later) => (AnswerPath, AnswersLater) = (path, later);

    /// <param name="sealedSecret">Header value, password or private key, sealed for this row.</param>
    public void Authenticate(WebhookAuth auth, string? name, string? sealedSecret)
    {
        (WebhookAuth, WebhookAuthName, WebhookAuthSecret) = (auth, name, sealedSecret);
        WebhookNextSecret = null;
    }

    public void PrepareKey(string? sealedKey) => WebhookNextSecret = sealedKey;

    /// <summary>Ends every open conversation: their tokens were signed with the previous secret.</summary>
    public void RotateSecret(string sealedSecret) => WidgetSecret = sealedSecret;

    /// <summary>Creates a demo with the same workflow and appearance, for a prospect, until it expires.</summary>
    /// <param name="sealedAuthSecret">This one's, sealed for the row of the other.</param>
    public Widget DemoOf(Guid id, string name, string sealedSecret, string? sealedAuthSecret, DateTimeOffset expires) =>
        new(id, name, WebhookUrl, sealedSecret, Config)
        {
            WebhookAuth = WebhookAuth,
            WebhookAuthName = WebhookAuthName,
            WebhookAuthSecret = sealedAuthSecret,
            AnswerPath = AnswerPath,
            AnswersLater = AnswersLater,
            TimeoutSeconds = TimeoutSeconds,
            DailyBudget = DailyBudget,
            IsDemo = true,
            ExpiresAt = expires,
        };

    public void ExpireAt(DateTimeOffset moment) => ExpiresAt = moment;

    /// <summary>Creates a copy for another client, live from the start.</summary>
    /// <param name="sealedAuthSecret">This one's, sealed for the row of the other; as is <paramref
    /// name="sealedNextSecret"/>.</param>
    public Widget CopyOf(
        Guid id,
        string name,
        string sealedSecret,
        WidgetConfig config,
        string? sealedAuthSecret,
        string? sealedNextSecret
    ) =>
        new(id, name, WebhookUrl, sealedSecret, config)
        {
            WebhookAuth = WebhookAuth,
            WebhookAuthName = WebhookAuthName,
            WebhookAuthSecret = sealedAuthSecret,
            WebhookNextSecret = sealedNextSecret,
            AnswerPath = AnswerPath,
            AnswersLater = AnswersLater,
            TimeoutSeconds = TimeoutSeconds,
            DailyBudget = DailyBudget,
        };

    /// <summary>Converts a demo into a live widget, allowed on that website alone.</summary>
    /// <param name="website">An origin. A draft gets it too, or publishing it would lock the website out.</param>
    public WidgetVersion GoLive(string website, Guid by, string byName, DateTimeOffset now)
    {
        (IsDemo, ExpiresAt) = (false, null);
        SwitchOn();
        Draft = Draft?.OnlyOn(website);
        return Publish(Config.OnlyOn(website), by, byName, ConvertedNote, now);
    }

    /// <summary>Ends a demo that continues as another client's widget.</summary>
    public void Retire(DateTimeOffset now)
    {
        SwitchOff();
        ExpiresAt = ExpiresAt < now ? ExpiresAt : now;
    }

    public void SwitchOn() => IsActive = true;

    public void SwitchOff() => IsActive = false;

    /// <summary>Takes it offline and hides it at once, and frees its name. A job deletes its rows.</summary>
    public void Delete(DateTimeOffset now)
    {
        SwitchOff();
        DeletionRequestedAt = now;
        Name = $"{Name} ({Id})";
    }

    /// <summary>Saves the draft; visitors do not see it. Null when it equals the published config.</summary>
    public void SaveDraft(WidgetConfig draft, DateTimeOffset now)
    {
        Draft = draft.ToJson() == Config.ToJson() ? null : draft;
        UpdatedAt = now;
    }

    public void DiscardDraft() => Draft = null;

    /// <summary>Publishes a config and returns its version. A different draft is kept.</summary>
    public WidgetVersion Publish(WidgetConfig config, Guid by, string byName, string? note, DateTimeOffset now)
    {
        Config = config;
        Draft = Draft?.ToJson() == config.ToJson() ? null : Draft;
        Version++;
        UpdatedAt = now;
        return new WidgetVersion(Id, Version, config, by, byName, note);
    }

    internal sealed class Mapping : IEntityTypeConfiguration<Widget>
    {
        public void Configure(EntityTypeBuilder<Widget> widget)
        {
            widget
                .Property(w => w.Config)
                .HasConversion(WidgetConfig.Converter, WidgetConfig.Comparer)
                .HasColumnType("jsonb");
            widget
                .Property(w => w.Draft)
                .HasConversion(WidgetConfig.Converter, WidgetConfig.Comparer)
                .HasColumnType("jsonb");
            widget
                .Property(w => w.WebhookAuth)
                .HasConversion(auth => auth.ToString().ToLowerInvariant(), text => Enum.Parse<WebhookAuth>(text, true));
            widget.Ignore(w => w.Editing);
            widget.Ignore(w => w.IsConnected);
            widget.Property(w => w.CreatedAt).HasDefaultValueSql("now()");
            widget.Property(w => w.UpdatedAt).HasDefaultValueSql("now()");
            widget.HasIndex(w => new { w.ClientId, w.Name }).IsUnique().HasDatabaseName("widgets_client_id_name_key");
            widget.HasAlternateKey(w => new { w.Id, w.ClientId }).HasName("widgets_id_client_id_key");
            widget.HasIndex(w => w.ClientId).HasDatabaseName("idx_widgets_client_id");
            widget.HasIndex(w => w.IsDemo).HasDatabaseName("idx_widgets_is_demo");
            widget.HasIndex(w => w.ExpiresAt).HasDatabaseName("idx_widgets_expires_at");
        }
    }
}

/// <summary>How a workflow recognizes the portal's calls.</summary>
public enum WebhookAuth
{
    None,
    Header,
    Basic,

    /// <summary>A token signed with the widget's own ES256 key.</summary>
    Signed,
}
