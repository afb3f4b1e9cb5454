from django import template

from clinic.money import format_money

register = template.Library()
register.filter("money", format_money)
