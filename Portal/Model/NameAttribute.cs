using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.ModelBinding.Binders;

namespace Portal.Model;

/// <summary>
/// On a field that takes a name: what is bound, and then measured, is the name as people read it (<see
/// cref="Names.Clean"/>).
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public class NameAttribute : StringLengthAttribute, IBinderTypeProviderMetadata
{
    public NameAttribute(int maxLength)
        : base(maxLength) => ErrorMessage = "Up to {1} characters.";

    public Type BinderType => typeof(NameBinder);

    public BindingSource? BindingSource => BindingSource.Custom;
}

/// <summary>On a field that takes a person's name.</summary>
public sealed class PersonNameAttribute() : NameAttribute(User.NameMaxLength);

/// <summary>On a field that takes the name of a business.</summary>
public sealed class BusinessNameAttribute() : NameAttribute(Client.NameMaxLength);

/// <summary>On a field that takes a widget's name.</summary>
public sealed class WidgetNameAttribute() : NameAttribute(Widget.NameMaxLength);

public sealed class NameBinder(ILoggerFactory loggers) : IModelBinder
{
    private readonly SimpleTypeModelBinder _text = new(typeof(string), loggers);

    public async Task BindModelAsync(ModelBindingContext bindingContext)
    {
        await _text.BindModelAsync(bindingContext);
        if (bindingContext.Result is { IsModelSet: true, Model: string text })
        {
            // Null is what the framework makes of an empty field, and what [Required] speaks about.
            bindingContext.Result = ModelBindingResult.Success(
                Names.Clean(text) is { Length: > 0 } clean ? clean : null
            );
        }
    }
}
